"""One step of the autoscaler, as Knative's (CONTROL 2.2). Pure; the memory comes from the log.

Load is in replicas already: what came, divided by what one replica shall get. Several measures are
then one, their maximum."""

from dataclasses import dataclass
from math import ceil, floor

from shared.domain.scaling.commands import ScalingMemory


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """`max_up` and `max_down` bound one step, as factors of the ready replicas. Where the short
    window's load is `panic_threshold` times the ready ones, nothing goes down for a window."""

    stable_window: float = 60.0
    panic_threshold: float = 2.0
    max_up: float = 1000.0
    max_down: float = 2.0
    delay: float = 0.0
    tick: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    desired: int
    memory: ScalingMemory
    reasons: tuple[str, ...]


def step(
    memory: ScalingMemory, spec: Spec, *, now: float, ready: int, stable: float, short: float
) -> Step:
    why: list[str] = []
    base = max(1, ready)
    high, low = ceil(spec.max_up * base), floor(base / spec.max_down)
    wanted, wanted_short = ceil(stable), ceil(short)
    desired = min(max(wanted, low), high)
    desired_short = min(max(wanted_short, low), high)
    if desired != wanted:
        why.append(f"one step from {ready} ready goes to {desired} at most, not {wanted}")
    panic_at, most = _panic(memory, spec, now, wanted_short / base, why)
    if panic_at is not None:
        if desired_short != wanted_short:
            why.append(
                f"one step from {ready} ready goes to {desired_short} at most, not {wanted_short}"
            )
        if max(desired_short, most) > desired:
            why.append(f"a burst: {max(desired_short, most)}, and only up while it lasts")
        desired = most = max(desired, desired_short, most)
    holds = memory.holds
    if spec.delay > 0:
        holds, held = _held(holds, spec, now, desired)
        if held != desired:
            why.append(f"{held} were wanted within the last {spec.delay:g} s")
            desired = held
    return Step(
        desired=desired,
        memory=ScalingMemory(panic_at=panic_at, panic_most=most, holds=holds),
        reasons=tuple(why),
    )


def _panic(
    memory: ScalingMemory, spec: Spec, now: float, load: float, why: list[str]
) -> tuple[float | None, int]:
    """`load` is that of the short window, for each ready replica."""
    if load >= spec.panic_threshold:
        if memory.panic_at is None:
            why.append(f"the last seconds bring {load:.1f} times what the ready replicas are for")
        return now, memory.panic_most
    if memory.panic_at is not None and memory.panic_at + spec.stable_window < now:
        why.append("the burst is over")
        return None, 0
    return memory.panic_at, memory.panic_most


def _held(
    holds: tuple[tuple[int, int], ...], spec: Spec, now: float, desired: int
) -> tuple[tuple[tuple[int, int], ...], int]:
    """The most that was wanted within the delay: a scale-down waits that long."""
    count, bucket = ceil(spec.delay / spec.tick), int(now // spec.tick)
    most = dict(holds)
    most[bucket] = max(most.get(bucket, desired), desired)
    kept = tuple((at, n) for at, n in sorted(most.items()) if bucket - at < count)
    return kept, max(n for _, n in kept)
