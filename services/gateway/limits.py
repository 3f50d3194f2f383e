"""Rate limits: two token buckets per caller and surface, one for the minute, one for the burst.

In memory and per gateway; the oldest callers are forgotten when there are too many."""

import math
from collections import OrderedDict
from dataclasses import dataclass

from shared.runtime.clock import Clock

CALLERS_MAX = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    per_minute: int
    burst_per_second: int


# For one's own machine: a bound against accidents, no obstacle to work.
GENEROUS = Rate(per_minute=1_200_000, burst_per_second=20_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """`reset` is the second since 1970 at which the minute's bucket is full again."""

    limit: int
    remaining: int
    reset: int
    retry_after_seconds: int | None

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        return [
            (b"x-ratelimit-limit", b"%d" % self.limit),
            (b"x-ratelimit-remaining", b"%d" % self.remaining),
            (b"x-ratelimit-reset", b"%d" % self.reset),
        ]


@dataclass(slots=True)
class _Bucket:
    minute: float
    burst: float
    at: float


class Limits:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: OrderedDict[tuple[str, str], _Bucket] = OrderedDict()

    def take(self, surface: str, caller: str, rate: Rate) -> Allowance:
        now = self._clock.monotonic()
        bucket = self._bucket((surface, caller), rate, now)
        passed = max(0.0, now - bucket.at)
        bucket.at = now
        per_second = rate.per_minute / 60
        bucket.minute = min(rate.per_minute, bucket.minute + passed * per_second)
        bucket.burst = min(rate.burst_per_second, bucket.burst + passed * rate.burst_per_second)
        retry = None
        if bucket.minute >= 1 and bucket.burst >= 1:
            bucket.minute -= 1
            bucket.burst -= 1
        else:
            wait = max((1 - bucket.minute) / per_second, (1 - bucket.burst) / rate.burst_per_second)
            retry = max(1, math.ceil(wait))
        full_in = (rate.per_minute - bucket.minute) / per_second
        return Allowance(
            limit=rate.per_minute,
            remaining=int(bucket.minute),
            reset=math.ceil(self._clock.now().timestamp() + full_in),
            retry_after_seconds=retry,
        )

    def _bucket(self, key: tuple[str, str], rate: Rate, now: float) -> _Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) >= CALLERS_MAX:
                self._buckets.popitem(last=False)
            bucket = self._buckets[key] = _Bucket(rate.per_minute, rate.burst_per_second, now)
        else:
            self._buckets.move_to_end(key)
        return bucket
