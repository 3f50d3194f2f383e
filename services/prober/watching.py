"""URLs of services that run elsewhere: which to look at, and in words what came of a look.

A type of its own, beside replicas: what somebody typed is only ever dialled by the guarded client
(THREATS rows 11 to 15). Tenants learn a status or one of two reasons; the rest is for our log."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

from services.prober.follow import Follower, Page
from services.prober.judge import Answer, Verdict
from services.prober.plan import Pace
from services.prober.probe import ProbeImpossible
from shared.domain.watch.commands import ReportWatch
from shared.fetch import Fetcher, TargetRefused, TargetUnreachable
from shared.queries.watches import ListWatchTargets, WatchTarget, WatchTargetList

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 5.0
# More than for replicas: what strangers run is silent more often, and for longer.
SLOTS = {"startup": 192, "steady": 192}
# At a URL that takes requests, "not with GET" is an answer as good as any.
_WELL_AT_PREDICTION = frozenset({400, 401, 403, 405, 415, 422})


def pace_of(interval: float) -> Pace:
    """There is no start to wait for: the first answer is news, whatever it is."""
    return Pace(
        interval=interval,
        timeout=TIMEOUT_SECONDS,
        startup_first=interval,
        startup_deadline=0.001,
        startup_eager_for=0.0,
        failing_gap_least=min(1.0, interval),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedUrl:
    service_id: str
    project_id: str
    url: str
    is_health_url: bool

    @property
    def key(self) -> str:
        return self.service_id


def watch_command(target: WatchedUrl, verdict: Verdict, age: float) -> ReportWatch:
    return ReportWatch(
        service_id=target.service_id,
        project_id=target.project_id,
        url=target.url,
        is_healthy=verdict.ready,
        reason=verdict.reason,
    )


class Looker:
    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    async def probe(self, target: WatchedUrl, timeout: float) -> Answer:
        clock = asyncio.get_running_loop().time
        started = clock()
        try:
            status = await self._fetcher.look(target.url, total_seconds=timeout)
        except TargetRefused as refused:
            return _unwell(target, "target_refused", str(refused))
        except TargetUnreachable as unreachable:
            if clock() - started > timeout * 1.5:
                raise ProbeImpossible("the prober was too busy to listen") from unreachable
            return _unwell(target, "target_unreachable", str(unreachable))
        except OSError as error:
            raise ProbeImpossible(str(error)) from error
        is_well = 200 <= status < 300 or (
            not target.is_health_url and status in _WELL_AT_PREDICTION
        )
        return Answer(
            is_healthy=is_well,
            reason="" if is_well else f"answered {status}",
            is_told=True,
            seconds=clock() - started,
        )


def _unwell(target: WatchedUrl, reason: str, detail: str) -> Answer:
    log.info(
        "watch_unwell",
        extra={"service_id": target.service_id, "reason": reason, "detail": detail[:300]},
    )
    # A refusal is ours, and sure: no illness of the network looks like it.
    return Answer(is_healthy=False, reason=reason, is_told=reason == "target_refused")


class WatchFollower(Follower[WatchedUrl, WatchTarget]):
    def heard(self, stream_type: str, stream_id: str, event: str, body: bytes) -> None:
        match stream_type, event:
            case "service", "removed":
                self._rounds.remove(stream_id)
            case "service", "registered" | "revised" | "registration_revised" | "workload_revised":
                self.look_there(body, lambda _: stream_id)
            case "watch", "became_healthy" | "became_unhealthy":
                self._rounds.heard(stream_id, is_ready=event == "became_healthy")
            case _:
                pass  # Rollouts and the like: they change no URL.

    def question(self, after_id: str, service_id: str | None) -> ListWatchTargets:
        return ListWatchTargets(after_id=after_id, service_id=service_id)

    def page_of(self, document: Any) -> Page[WatchTarget] | None:
        if not isinstance(document, WatchTargetList):
            return None
        return Page(items=document.items, after=document.last_id)

    def key_of(self, item: WatchTarget) -> str:
        return item.service_id

    def take(self, item: WatchTarget, position: int) -> None:
        target = WatchedUrl(
            service_id=item.service_id,
            project_id=item.project_id,
            url=item.url,
            is_health_url=item.is_health_url,
        )
        watched = self._rounds.find(target.key)
        if watched is None or watched.target != target:
            # Another URL is another target, with nothing known of it yet.
            is_ready = item.is_healthy is True
            self._rounds.add(target, is_ready=is_ready, age=0.0, seen_at=position)
            return
        self.keep(watched, is_ready=item.is_healthy, position=position)

    def settle(self, service_id: str, items: tuple[WatchTarget, ...], position: int) -> None:
        watched = self._rounds.find(service_id)
        if not items and watched is not None and watched.seen_at <= position:
            self._rounds.remove(service_id)
