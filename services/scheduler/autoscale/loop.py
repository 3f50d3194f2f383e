"""The autoscaler of one term: hears traffic, decides every two seconds and at once for a request
that waits at zero, and tells the log. What it keeps in its head is restored from there.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from services.scheduler.autoscale.meter import Meter
from services.scheduler.autoscale.use import UseOfReplicas
from services.scheduler.case import Case
from services.scheduler.placement import Fit
from services.scheduler.runtimes.interface import Observed
from services.scheduler.speak import Absent, Speaker
from shared.autoscale.decide import Sight, Verdict, decide
from shared.bus.routes import Frame, Hold
from shared.domain.scaling.commands import RecordScalingDecision
from shared.queries.scaling import GetScaling, ScalingDocument
from shared.queries.services import ServiceDocument
from shared.runtime.clock import Clock

log = logging.getLogger(__name__)

TICK_SECONDS = 2.0
WAKE_TRIES = 100
WAKE_PAUSE = 0.05
POKES_MAX = 1000


@dataclass(slots=True, kw_only=True)
class Autoscaler:
    """`tell` records a command for a case; `failed` judges what a decision raised (it must not
    raise itself)."""

    speaker: Speaker
    clock: Clock
    cases: dict[str, Case]
    observed: Callable[[], tuple[Observed, ...]]
    fit: Callable[[Case], Fit]
    tell: Callable[[Case, object], Awaitable[None]]
    wake: Callable[[str], None]
    failed: Callable[[str, Exception], None]
    meter: Meter = field(default_factory=Meter)
    use: UseOfReplicas = field(init=False)
    _pokes: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue(POKES_MAX))
    _waking: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _deciding: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.use = UseOfReplicas(clock=self.clock)

    def hear_frames(self, edge_id: str, frames: tuple[Frame, ...]) -> None:
        self.meter.hear(edge_id, frames, self._now())

    def hear_poke(self, service_id: str) -> None:
        """An edge holds the first request for a service of which no replica is ready."""
        try:
            self._pokes.put_nowait(service_id)
        except asyncio.QueueFull:
            # The request waits on, and the next second's frame says so too.
            log.warning("poke_dropped", extra={"service_id": service_id})

    async def hold(self, case: Case) -> Hold:
        """How many requests may wait at the edge for a first replica, and for how long."""
        service = case.wanted.service if case.wanted is not None else None
        if service is None or service.workload is None:
            return Hold()
        scaling = await self._scaling(case)
        if scaling is None:
            return Hold()
        return Hold(limit=scaling.policy.hold_limit, seconds=scaling.policy.hold_seconds)

    async def run(self) -> None:
        """Ends only by cancellation."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._tick())
            group.create_task(self._answer_pokes(group))

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            await self.use.refresh({one.replica_id for one in self.observed()})
            for case in [case for case in self.cases.values() if _scales(case)]:
                await self._try(case, waits=False)
            ids = set(self.cases)
            self.meter.keep(ids)
            self.use.keep(ids)

    async def _answer_pokes(self, group: asyncio.TaskGroup) -> None:
        while True:
            service_id = await self._pokes.get()
            if service_id not in self._waking and service_id in self.cases:
                self._waking[service_id] = group.create_task(self._wake(self.cases[service_id]))

    async def _wake(self, case: Case) -> None:
        """Until a decision could be made: the picture of the service may be a moment old."""
        try:
            for _ in range(WAKE_TRIES):
                if await self._try(case, waits=True):
                    return
                self.wake(case.service_id)
                await asyncio.sleep(WAKE_PAUSE)
            log.warning("wake_given_up", extra={"service_id": case.service_id})
        finally:
            self._waking.pop(case.service_id, None)

    async def _try(self, case: Case, *, waits: bool) -> bool:
        """Whether it was looked at: not where somebody does already, the picture is old, or the
        log could not be told."""
        if case.service_id in self._deciding or not case.is_current:
            return False
        self._deciding.add(case.service_id)
        try:
            await self._look(case, waits=waits)
        except Exception as error:
            self.failed(case.service_id, error)
            return False
        finally:
            self._deciding.discard(case.service_id)
        return True

    async def _look(self, case: Case, *, waits: bool) -> None:
        wanted = case.wanted
        service = wanted.service if wanted is not None else None
        if service is None or not _scales(case):
            return
        scaling = await self._scaling(case)
        if scaling is None:
            return
        verdict = decide(self._sight(case, service, scaling, waits=waits))
        if verdict is None:
            return
        if verdict.is_news:
            await self._record(case, verdict)
        if case.scaling is scaling:
            case.scaling = replace(scaling, memory=verdict.memory)

    async def _scaling(self, case: Case) -> ScalingDocument | None:
        """Settings and memory; asked for again where somebody changed the settings."""
        if case.scaling is None:
            question = GetScaling(service_id=case.service_id, decisions=0)
            try:
                case.scaling = await self.speaker.ask(
                    question, ScalingDocument, after=case.position
                )
            except Absent:
                return None
        return case.scaling

    def _sight(
        self, case: Case, service: ServiceDocument, scaling: ScalingDocument, *, waits: bool
    ) -> Sight:
        now = self._now()
        covered, told = self.meter.covered_for(now), self.meter.told()
        traffic = self.meter.of(case.service_id, scaling.policy.window_seconds, now)
        observed = self.observed()
        alive = sum(
            one.labels.service_id == case.service_id and one.exit is None for one in observed
        )
        use = None if case.wanted is None else self.use.of(case.wanted, observed)
        fits = self.fit(case)
        return Sight(
            now=now,
            service=service,
            policy=scaling.policy,
            memory=scaling.memory,
            load=None if covered is None or told is None else traffic.load(told),
            covered_for=covered,
            idle_for=self.meter.idle_for(case.service_id, now),
            waits=waits,
            utilization=None if use is None else use.share,
            utilization_of="" if use is None else use.of,
            utilization_wants=None if use is None else use.wants,
            alive=alive,
            placeable=fits.count,
            why_full=fits.why,
        )

    async def _record(self, case: Case, verdict: Verdict) -> None:
        if case.wanted is None:
            raise AssertionError("a verdict without a picture")
        command = RecordScalingDecision(
            service_id=case.service_id,
            project_id=case.wanted.project_id,
            at=self._now(),
            desired=verdict.desired,
            previous=verdict.previous,
            reasons=verdict.reasons,
            inputs=verdict.inputs,
            memory=verdict.memory,
        )
        await self.tell(case, command)
        if verdict.desired == 0:
            # What came before it slept must not wake it again.
            self.meter.of(case.service_id, _window(case.scaling), self._now()).forget()
        log.info(
            "scaling_decided",
            extra={
                "service_id": case.service_id,
                "desired": verdict.desired,
                "previous": verdict.previous,
                "reasons": list(verdict.reasons),
            },
        )
        self.wake(case.service_id)

    def _now(self) -> float:
        return self.clock.now().timestamp()


def _scales(case: Case) -> bool:
    """Whether there is anything to decide: it serves, and its number is not fixed."""
    service = case.wanted.service if case.wanted is not None else None
    workload = service.workload if service is not None else None
    if service is None or service.serving is None or workload is None:
        return False
    return workload.replicas_min != workload.replicas_max


def _window(scaling: ScalingDocument | None) -> float:
    if scaling is None:
        raise AssertionError("a verdict without settings")
    return scaling.policy.window_seconds
