"""Whether a row of samples grows: a line through its last two thirds, and how sure one is of it.

The first third is warming up: pools fill, caches grow to their bounds, code is loaded."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

# How many times its own uncertainty a slope must be: noise alone reaches this hardly ever.
SURE = 6.0
SAMPLES_MIN = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    first: float  # where the line begins, after warming up
    last: float
    sureness: float

    @property
    def growth(self) -> float:
        return self.last - self.first

    def exceeds(self, allowed: float) -> bool:
        return self.sureness > SURE and self.growth > allowed


def trend_of(samples: Sequence[tuple[float, float]]) -> Trend:
    """Of (seconds, value), oldest first."""
    if len(samples) < SAMPLES_MIN:
        raise ValueError(f"{len(samples)} samples say nothing: at least {SAMPLES_MIN}")
    kept = samples[len(samples) // 3 :]
    count = len(kept)
    middle = sum(t for t, _ in kept) / count
    mean = sum(v for _, v in kept) / count
    spread = sum((t - middle) ** 2 for t, _ in kept)
    slope = sum((t - middle) * (v - mean) for t, v in kept) / spread
    off = sum((v - mean - slope * (t - middle)) ** 2 for t, v in kept)
    error = math.sqrt(off / (count - 2) / spread)
    begin, end = kept[0][0], kept[-1][0]
    if error == 0:
        sureness = math.inf if slope > 0 else 0.0
    else:
        sureness = slope / error
    return Trend(
        first=mean + slope * (begin - middle), last=mean + slope * (end - middle), sureness=sureness
    )
