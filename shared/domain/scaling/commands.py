"""What may be asked of a service's scaling: settings by people, decisions by the scheduler."""

from dataclasses import dataclass

from shared.kernel.unset import UNSET, Unset


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingInputs:
    """What a decision saw. Averages over the long and the short window; None where nothing was
    measured. `placeable` is None where capacity sets no bound."""

    ready: int
    replicas_min: int
    replicas_max: int
    placeable: int | None = None
    concurrency: float | None = None
    concurrency_short: float | None = None
    rps: float | None = None
    rps_short: float | None = None
    utilization: float | None = None
    utilization_of: str = ""
    idle_for: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingMemory:
    """What the next decision must know of the ones before; in seconds of the wall clock.

    `holds` are (bucket of time, most replicas wanted in it), for what holds a scale-down back."""

    panic_at: float | None = None
    panic_most: int = 0
    holds: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SetScalingPolicy:
    """A setting that is not given stays."""

    service_id: str
    project_id: str
    target_concurrency: float | Unset = UNSET
    target_rps: float | Unset | None = UNSET
    window_seconds: float | Unset = UNSET
    scale_down_delay_seconds: float | Unset = UNSET
    scale_to_zero_seconds: float | Unset | None = UNSET
    hold_limit: int | Unset = UNSET
    hold_seconds: float | Unset = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordScalingDecision:
    """`at` in seconds of the wall clock: a decision that is told again is known by it. Desired 0 is
    an intent: the replicas go once every edge holds the requests that come."""

    service_id: str
    project_id: str
    at: float
    desired: int
    previous: int
    reasons: tuple[str, ...]
    inputs: ScalingInputs
    memory: ScalingMemory


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPlacement:
    """`why` not all wanted replicas found a place, in counts of nodes or of the quota; empty where
    they did again."""

    service_id: str
    project_id: str
    missing: int
    why: str


ScalingCommand = SetScalingPolicy | RecordScalingDecision | RecordPlacement
