"""How many replicas a service shall have now, and why. Pure: the same sight, the same verdict.

Load in replicas -> one step of the KPA -> zero, only after an idle time that was really watched ->
the bounds of the workload -> what fits on the nodes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.autoscale.kpa import Spec, step
from shared.autoscale.traffic import Load
from shared.domain.scaling.commands import ScalingInputs, ScalingMemory
from shared.domain.scaling.policy import Policy, idle_seconds

# A replica is filled to this share of what it is good for; the rest is for the way up.
FILL = 0.7
# A burst must not buy fifty GPUs at once.
MAX_UP_GPU = 10.0


class Bounded(Protocol):
    @property
    def replicas_min(self) -> int: ...
    @property
    def replicas_max(self) -> int: ...
    @property
    def gpu(self) -> str: ...


class Rollout(Protocol):
    @property
    def status(self) -> str: ...
    @property
    def finished_at(self) -> datetime | None: ...


class Scaled(Protocol):
    """What is looked at of a service, as it is or as it is played again."""

    @property
    def labels(self) -> Sequence[tuple[str, str]]: ...
    @property
    def workload(self) -> Bounded | None: ...
    @property
    def deployment(self) -> Rollout | None: ...
    @property
    def serving(self) -> Rollout | None: ...
    @property
    def replicas_wanted(self) -> int: ...
    @property
    def replicas_ready(self) -> int: ...
    @property
    def scaled_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """`now` in seconds of the wall clock. `covered_for`: how long the edges were heard without a
    gap, None while one is silent. `idle_for`: since the last request, bounded by what was seen.
    `waits`: the edge holds a request for this service at this moment."""

    now: float
    service: Scaled
    policy: Policy
    memory: ScalingMemory
    load: Load | None = None
    covered_for: float | None = None
    idle_for: float = 0.0
    waits: bool = False
    utilization: float | None = None
    utilization_of: str = ""
    utilization_wants: int | None = None
    alive: int = 0
    placeable: int = 1_000_000
    why_full: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`is_news`: it changes something, and belongs into the log."""

    desired: int
    previous: int
    reasons: tuple[str, ...]
    inputs: ScalingInputs
    memory: ScalingMemory
    is_news: bool


def decide(sight: Sight) -> Verdict | None:
    """None where there is nothing to decide or nothing to decide it by."""
    service, workload = sight.service, sight.service.workload
    if workload is None or service.serving is None or _is_fixed(workload):
        return None
    previous = service.replicas_wanted
    if sight.waits and previous == 0:
        why = "a request waits and no replica runs"
        return _verdict(sight, workload, 1, ScalingMemory(), (why,))
    if sight.load is None or sight.covered_for is None:
        return None
    if (idle := _may_sleep(sight, workload)) is not None:
        return _verdict(sight, workload, 0, ScalingMemory(), (idle,))
    wanted, wanted_short, reasons = _wanted(sight, sight.load)
    spec = Spec(
        stable_window=sight.policy.window_seconds,
        max_up=MAX_UP_GPU if workload.gpu != "none" else Spec().max_up,
        delay=sight.policy.scale_down_delay_seconds,
    )
    made = step(
        sight.memory,
        spec,
        now=sight.now,
        ready=service.replicas_ready,
        stable=wanted,
        short=wanted_short,
    )
    desired, why_all = made.desired, [*reasons, *made.reasons]
    if desired < previous and sight.covered_for < sight.policy.window_seconds:
        why_all.append(f"not all of the last {sight.policy.window_seconds:g} s were seen")
        desired = previous
    if desired == 0 and previous > 0:
        limit = idle_seconds(sight.policy, service.labels)
        why_all.append(f"the last one stays until {limit:g} s have passed without a request")
        desired = 1
    return _verdict(sight, workload, desired, made.memory, tuple(why_all))


def _is_fixed(workload: Bounded) -> bool:
    return workload.replicas_min == workload.replicas_max


def _wanted(sight: Sight, load: Load) -> tuple[float, float, tuple[str, ...]]:
    """Load in replicas, over the long window and the short one: the most of what is measured."""
    policy = sight.policy
    target = max(0.01, policy.target_concurrency * FILL)
    wanted, short = load.concurrency / target, load.concurrency_short / target
    reasons = [
        f"{load.concurrency:.2f} requests at a time over {policy.window_seconds:g} s "
        f"({load.concurrency_short:.2f} in the last seconds), {target:g} for a replica"
    ]
    if policy.target_rps is not None:
        target = max(0.01, policy.target_rps * FILL)
        wanted, short = max(wanted, load.rps / target), max(short, load.rps_short / target)
        reasons.append(
            f"{load.rps:.2f} requests a second ({load.rps_short:.2f} in the last seconds), "
            f"{target:g} for a replica"
        )
    if sight.utilization_wants is not None and sight.utilization is not None:
        wanted = max(wanted, float(sight.utilization_wants))
        reasons.append(
            f"{sight.utilization:.0%} of the {sight.utilization_of} is used: "
            f"{sight.utilization_wants}"
        )
    return wanted, short, tuple(reasons)


def _may_sleep(sight: Sight, workload: Bounded) -> str | None:
    """Why it goes to zero; None where it does not. Nobody asked for it for the whole idle time, it
    was there for that long, and the edges were listening to for that long."""
    service = sight.service
    rollout = service.deployment
    if workload.replicas_min > 0 or service.replicas_wanted == 0 or sight.waits:
        return None
    if rollout is None or rollout.status == "in_progress":
        return None
    limit = idle_seconds(sight.policy, service.labels)
    moments = [moment for moment in (service.scaled_at, rollout.finished_at) if moment is not None]
    there_for = sight.now - max((moment.timestamp() for moment in moments), default=0.0)
    if min(sight.idle_for, there_for, sight.covered_for or 0.0) < limit:
        return None
    return f"no request for {sight.idle_for:.0f} s; it may sleep after {limit:g} s"


def _verdict(
    sight: Sight,
    workload: Bounded,
    desired: int,
    memory: ScalingMemory,
    reasons: tuple[str, ...],
) -> Verdict:
    service, load = sight.service, sight.load
    previous = service.replicas_wanted
    bounded, why = _bounded(sight, workload, desired)
    unlimited = sight.placeable >= 1_000_000
    was_bursting, bursts = sight.memory.panic_at is not None, memory.panic_at is not None
    return Verdict(
        desired=bounded,
        previous=previous,
        reasons=(*reasons, *why),
        inputs=ScalingInputs(
            ready=service.replicas_ready,
            replicas_min=workload.replicas_min,
            replicas_max=workload.replicas_max,
            placeable=None if unlimited else sight.placeable,
            concurrency=None if load is None else round(load.concurrency, 4),
            concurrency_short=None if load is None else round(load.concurrency_short, 4),
            rps=None if load is None else round(load.rps, 4),
            rps_short=None if load is None else round(load.rps_short, 4),
            utilization=None if sight.utilization is None else round(sight.utilization, 4),
            utilization_of=sight.utilization_of,
            idle_for=None if sight.covered_for is None else round(sight.idle_for, 1),
        ),
        memory=memory,
        is_news=bounded != previous or was_bursting != bursts,
    )


def _bounded(sight: Sight, workload: Bounded, desired: int) -> tuple[int, tuple[str, ...]]:
    """Inside the workload's minimum and maximum, and no more than fit (CONTROL 2.2: before the
    decision, never after it)."""
    rollout = sight.service.deployment
    deploys = rollout is not None and rollout.status == "in_progress"
    low = max(workload.replicas_min, 1 if deploys else 0)
    if desired < low:
        why = "a rollout needs one" if low > workload.replicas_min else f"the minimum is {low}"
        return low, (why,)
    why_all: list[str] = []
    if desired > workload.replicas_max:
        why_all.append(f"the maximum is {workload.replicas_max}, not {desired}")
        desired = workload.replicas_max
    previous = sight.service.replicas_wanted
    room = sight.alive + sight.placeable
    # Of a service at zero it is the start that says that it fits nowhere; the wish stays.
    if desired > max(previous, room, 1):
        why_all.append(f"{room} fit, not {desired} ({sight.why_full or 'capacity'})")
        desired = max(previous, room, 1)
    return desired, tuple(why_all)
