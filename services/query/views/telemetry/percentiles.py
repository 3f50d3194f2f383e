"""Percentiles out of a histogram of powers of two: pure numbers.

Bucket i counts answers of at least 2**(i-1) and less than 2**i ms; the last has no upper end."""

from collections.abc import Sequence


def percentile(buckets: Sequence[int], share: float) -> float | None:
    """Milliseconds below which that share of the answers lay, interpolated inside the bucket."""
    total = sum(buckets)
    if total == 0:
        return None
    wanted = share * total
    below = 0
    for bucket, count in enumerate(buckets):
        if count > 0 and below + count >= wanted:
            low = 0.0 if bucket == 0 else 2.0 ** (bucket - 1)
            return round(low + (2.0**bucket - low) * (wanted - below) / count, 3)
        below += count
    return round(2.0 ** (len(buckets) - 1), 3)
