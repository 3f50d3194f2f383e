"""Replicas: which to probe, as the view lists them and as events of theirs say."""

import logging
from datetime import datetime
from typing import Any

from services.prober.address import ReplicaTarget, target_of
from services.prober.follow import Ask, Follower, Page
from services.prober.judge import Verdict
from services.prober.reports import Reporter
from services.prober.rounds import Rounds
from shared.domain.replica.commands import ReportReplicaHealth
from shared.envelope.event import EventEnvelope
from shared.queries.services import ListProbeTargets, ProbeTarget, ProbeTargetList
from shared.runtime.clock import Clock

log = logging.getLogger(__name__)

GONE_MAX = 10_000


def health_command(target: ReplicaTarget, verdict: Verdict, age: float) -> ReportReplicaHealth:
    return ReportReplicaHealth(
        replica_id=target.replica_id,
        project_id=target.project_id,
        ready=verdict.ready,
        reason=verdict.reason,
        duration_ms=round(age * 1000) if verdict.ready else 0,
    )


class TargetFollower(Follower[ReplicaTarget, ProbeTarget]):
    def __init__(
        self,
        *,
        rounds: Rounds[ReplicaTarget],
        reporter: Reporter[ReplicaTarget],
        ask: Ask,
        clock: Clock,
    ) -> None:
        super().__init__(rounds=rounds, reporter=reporter, ask=ask, clock=clock)
        self._gone: dict[str, None] = {}  # ids are never used again, so a late list adds nothing

    def heard(self, stream_type: str, stream_id: str, event: str, body: bytes) -> None:
        match stream_type, event:
            case "replica", "stopped" | "drained":
                self._forget(stream_id)
            case ("replica", "started") | ("service", "workload_revised"):
                self.look_there(body, _service_of)
            case "replica", "became_ready" | "became_unready":
                self._rounds.heard(stream_id, is_ready=event == "became_ready")
            case _:
                pass  # Rollouts and the like: they change no target.

    def question(self, after_id: str, service_id: str | None) -> ListProbeTargets:
        return ListProbeTargets(after_id=after_id, service_id=service_id)

    def page_of(self, document: Any) -> Page[ProbeTarget] | None:
        if not isinstance(document, ProbeTargetList):
            return None
        is_full = len(document.items) == ListProbeTargets().limit
        after = document.items[-1].replica_id if is_full else None
        return Page(items=document.items, after=after)

    def key_of(self, item: ProbeTarget) -> str:
        return item.replica_id

    def take(self, item: ProbeTarget, position: int) -> None:
        if item.replica_id in self._gone:
            return
        if item.is_draining:
            self._rounds.remove(item.replica_id)
            return
        target = target_of(item)
        if target is None:
            log.error(
                "address_unknown", extra={"replica_id": item.replica_id, "address": item.address}
            )
            return
        watched = self._rounds.find(item.replica_id)
        if watched is None:
            age = _age(self._clock.now(), item.started_at)
            self._rounds.add(target, is_ready=item.is_ready, age=age, seen_at=position)
            return
        watched.target = target
        self.keep(watched, is_ready=item.is_ready, position=position)

    def _forget(self, replica_id: str) -> None:
        self._rounds.remove(replica_id)
        self._gone[replica_id] = None
        if len(self._gone) > GONE_MAX:
            del self._gone[next(iter(self._gone))]


def _service_of(envelope: EventEnvelope) -> str:
    if envelope.stream_type == "service":
        return envelope.stream_id
    return str(envelope.decoded().service_id)


def _age(now: datetime, started_at: datetime) -> float:
    return max((now - started_at).total_seconds(), 0.0)
