"""What a service's scaling may be told, and the bounds of each setting. Values only.

The minimum and maximum are not here: they are the workload's."""

from collections.abc import Iterable
from dataclasses import dataclass

IDLE_LABEL = "chronoplane.scale_to_zero_seconds"
IDLE_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Targets are for one replica. `window_seconds` is what decisions to scale down look back on;
    `scale_to_zero_seconds` None means the service's label, else a minute."""

    target_concurrency: float = 100.0
    target_rps: float | None = None
    window_seconds: float = 60.0
    scale_down_delay_seconds: float = 0.0
    scale_to_zero_seconds: float | None = None
    hold_limit: int = 100
    hold_seconds: float = 30.0


BOUNDS: dict[str, tuple[float, float]] = {
    "target_concurrency": (0.01, 100_000.0),
    "target_rps": (0.01, 10_000_000.0),
    "window_seconds": (6.0, 3600.0),
    "scale_down_delay_seconds": (0.0, 3600.0),
    "scale_to_zero_seconds": (1.0, 86_400.0),
    "hold_limit": (0, 10_000),
    "hold_seconds": (0.1, 600.0),
}


def wrong_field(policy: Policy) -> tuple[str, str] | None:
    """The first setting out of bounds, and what it must be."""
    for name, (low, high) in BOUNDS.items():
        value = getattr(policy, name)
        if value is not None and not low <= value <= high:
            return name, f"must be from {low:g} to {high:g}"
    return None


def idle_seconds(policy: Policy, labels: Iterable[tuple[str, str]]) -> float:
    """How long nobody must have asked for a service before it may go to zero."""
    if policy.scale_to_zero_seconds is not None:
        return policy.scale_to_zero_seconds
    text = dict(labels).get(IDLE_LABEL, "")
    low, high = BOUNDS["scale_to_zero_seconds"]
    try:
        seconds = float(text)
    except ValueError:
        return IDLE_SECONDS  # A label is free text: one that is no number of seconds says nothing.
    return seconds if low <= seconds <= high else IDLE_SECONDS
