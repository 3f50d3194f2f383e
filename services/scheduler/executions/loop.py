"""The executions of one term: what waits, what runs, and who begins next.

Level-triggered like the services: an event says "look again", a full pass twice a minute finds what
was missed, and what the engine runs is adopted. Everything here ends with the term; jobs run on."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from services.scheduler.executions.build import BuildRun
from services.scheduler.executions.case import ExecutionCase, Waits
from services.scheduler.executions.choose import Limits, choose, need_of
from services.scheduler.executions.job import JobRun
from services.scheduler.executions.say import Superseded
from services.scheduler.executions.tidy import tidy
from services.scheduler.nodes.book import Placed
from services.scheduler.nodes.node import Node
from services.scheduler.placement import Need
from services.scheduler.runtimes.interface import Observed
from services.scheduler.samples import tell_samples
from services.scheduler.speak import AWAY, Fenced, Refused, Speaker
from shared.bus.broker import Bus
from shared.envelope.event import EventEnvelope
from shared.queries.executions import ListUnfinished, Unfinished, UnfinishedList
from shared.queries.hardware_tiers import (
    HardwareTierDocument,
    HardwareTierPage,
    ListHardwareTiers,
)
from shared.runtime.clock import Clock
from shared.runtime.ending import end

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.25
FULL_SECONDS = 30.0
RETRY_SECONDS = 1.0
PAGE = 500
# What others do to an execution; what we tell of it ourselves is no news.
NEWS = frozenset(
    {"execution.job_requested", "execution.build_requested", "execution.stop_requested"}
)
TIERS = "hardware_tier"
# It may be archived now: then nothing of it runs on.
PROJECT_REVISED = "project.revised"


@dataclass(slots=True, kw_only=True)
class Executions:
    """`nodes` are asked for with all that is placed on them; `fenced` is called when another leads
    by now."""

    bus: Bus
    clock: Clock
    speaker: Speaker
    jobs: JobRun
    builds: BuildRun
    limits: Limits
    nodes: Callable[[], tuple[Node, ...]]
    fenced: Callable[[], None]
    cases: dict[str, ExecutionCase] = field(default_factory=dict)
    tiers: dict[str, HardwareTierDocument] = field(default_factory=dict)
    is_settled: bool = False
    latest: tuple[Observed, ...] = ()
    _runs: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _not_before: dict[str, float] = field(default_factory=dict)
    _news: dict[str, int] = field(default_factory=dict)
    _tiers_after: int | None = 0  # What was heard of tiers since they were asked for.
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def hear_event(self, event: EventEnvelope) -> None:
        if event.stream_type == TIERS:
            self._tiers_after = max(self._tiers_after or 0, event.position)
        elif event.type in NEWS:
            self._news[event.stream_id] = event.position
        elif event.type == PROJECT_REVISED:
            self._news |= {
                key: event.position
                for key, case in self.cases.items()
                if case.item.project_id == event.stream_id
            }
        else:
            return
        self._wake.set()

    def placed(self) -> tuple[Placed, ...]:
        """What has begun: it takes its room beside the services."""
        begun = [(key, self.cases[key]) for key in self._runs if key in self.cases]
        return tuple(
            Placed(node=case.placed_on, owner=key, need=self._need(case.item))
            for key, case in begun
            if case.item.kind == "job"
        )

    async def run(self) -> None:
        """Until cancelled."""
        loops = [
            self._listen(),
            self._dispatch(),
            self.jobs.voice.shipper.run(lambda: self.latest),
            tell_samples(self.bus, self.clock, lambda: self.latest, self._need_of),
        ]
        tasks = [asyncio.create_task(loop) for loop in loops]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()  # Each runs for ever: one that has ended has met a bug.
        finally:
            await end([*tasks, *self._runs.values()])
            await self.jobs.voice.shipper.save(self.latest)

    async def _listen(self) -> None:
        """What the engine runs, again and again."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self._list()
            except OSError as error:
                log.warning("engine_unreadable", extra={"error": str(error)[:200]})

    async def _list(self) -> None:
        self.latest = tuple(await self.jobs.runtime.list())
        seen = {one.replica_id: one for one in self.latest}
        for key, case in self.cases.items():
            case.look(seen.get(key, case.seen))

    async def _dispatch(self) -> None:
        full_at = 0.0
        while True:
            try:
                async with asyncio.timeout(self._pause()):
                    await self._wake.wait()
            except TimeoutError:
                pass  # The usual way: time has passed.
            self._wake.clear()
            try:
                if self.clock.monotonic() >= full_at or self.bus.reconnected.is_set():
                    await self._look_at_all()
                    full_at = self.clock.monotonic() + FULL_SECONDS
                await self._look_at_news()
                self._begin()
            except Fenced:
                self.fenced()
            except (Refused, *AWAY) as error:
                log.warning("executions_unknown", extra={"error": repr(error)[:200]})
                await asyncio.sleep(RETRY_SECONDS)
                self._wake.set()

    def _pause(self) -> float:
        return LOOK_SECONDS if not self.is_settled or self._not_before else RETRY_SECONDS

    async def _look_at_all(self) -> None:
        """Everything that is not over, and everything the engine has."""
        found: dict[str, Unfinished] = {}
        after = position = 0
        while True:
            page, position = await self.speaker.ask_at(
                ListUnfinished(after=after, limit=PAGE), UnfinishedList
            )
            found |= {item.id: item for item in page.items}
            if len(page.items) < PAGE:
                break
            after = page.items[-1].requested_from
        await self._list()
        self._take(found.values(), position)
        for key, case in list(self.cases.items()):
            # It was not asked for when the picture was made, or is over.
            if key not in found and key not in self._runs and case.position <= position:
                del self.cases[key]
        seen = {one.replica_id: one for one in self.latest}
        for key, case in self.cases.items():
            case.look(seen.get(key, case.seen))
        await tidy(self.jobs, self.latest, set(self.cases), found)
        self.is_settled = True

    async def _look_at_news(self) -> None:
        while self._news:
            some = dict(list(self._news.items())[:PAGE])
            question = ListUnfinished(ids=tuple(some), limit=PAGE)
            page, position = await self.speaker.ask_at(
                question, UnfinishedList, after=max(some.values())
            )
            self._take(page.items, position)
            there = {item.id for item in page.items}
            for key, heard in some.items():
                if self._news.get(key) == heard:
                    del self._news[key]
                if key not in there and key not in self._runs:
                    self.cases.pop(key, None)
        if self._tiers_after is not None:
            await self._ask_tiers(self._tiers_after)

    async def _ask_tiers(self, after: int) -> None:
        """Before anything begins on them: a tier whose limit is not known is no tier yet."""
        tiers: dict[str, HardwareTierDocument] = {}
        while True:
            question = ListHardwareTiers(offset=len(tiers), limit=PAGE, with_archived=True)
            page = await self.speaker.ask(question, HardwareTierPage, after=after)
            tiers |= {item.id: item for item in page.items}
            if not page.items or len(tiers) >= page.total:
                break
        self.tiers = tiers
        if self._tiers_after == after:
            self._tiers_after = None

    def _take(self, items: Iterable[Unfinished], position: int) -> None:
        for item in items:
            if item.tier_id is not None and item.tier_id not in self.tiers:
                self._tiers_after = max(self._tiers_after or 0, item.requested_from)
            case = self.cases.get(item.id)
            if case is None:
                self.cases[item.id] = ExecutionCase(item=item, position=position)
            else:
                case.take(item, position)

    def _begin(self) -> None:
        now = self.clock.monotonic()
        self._not_before = {k: at for k, at in self._not_before.items() if at > now}
        left = {
            key: case
            for key, case in self.cases.items()
            if key not in self._runs and key not in self._not_before
        }
        for key, case in left.items():
            if case.item.stage != "queued" or case.seen is not None or case.item.is_stopping:
                self._start(key, case)  # Begun by a leader before us, or never to be.
        waiting = tuple(case.item for key, case in left.items() if key not in self._runs)
        begun = tuple(self.cases[key].item for key in self._runs if key in self.cases)
        for chosen in choose(waiting, begun, self.tiers, self.limits, self.nodes()):
            case = self.cases[chosen.item.id]
            case.node = chosen.node
            self._start(chosen.item.id, case)

    def _start(self, key: str, case: ExecutionCase) -> None:
        task = asyncio.create_task(self._run(key, case))
        self._runs[key] = task

    async def _run(self, key: str, case: ExecutionCase) -> None:
        waits: Waits | None = None
        try:
            if case.item.kind == "build":
                await self.builds.run(case)
            else:
                waits = await self.jobs.run(case)
        except Superseded:
            log.info("execution_superseded", extra={"execution_id": key})
            await self._drop(key, case)
        except Fenced:
            self.fenced()
        except Refused as error:
            log.error("execution_refused", extra={"execution_id": key, "error": str(error)})
            waits = Waits(seconds=RETRY_SECONDS)
        except Exception:
            log.exception("execution_broken", extra={"execution_id": key})
            waits = Waits(seconds=FULL_SECONDS)
        finally:
            self._runs.pop(key, None)
            if waits is None:
                self.cases.pop(key, None)
            else:
                self._not_before[key] = self.clock.monotonic() + waits.seconds
            self._wake.set()

    async def _drop(self, key: str, case: ExecutionCase) -> None:
        """It is over for the log: nothing of it may run on."""
        await self.jobs.runtime.stop(key, grace_seconds=0, force=True)
        await self.jobs.finish.forget(key)

    def _need(self, item: Unfinished) -> Need:
        tier = self.tiers.get(item.tier_id or "")
        return Need() if tier is None else need_of(tier.tier)

    def _need_of(self, execution_id: str) -> Need:
        case = self.cases.get(execution_id)
        return Need() if case is None else self._need(case.item)
