"""When a failed delivery is tried again: the example schedule of Standard Webhooks, spread."""

from collections.abc import Sequence

# Seconds after each failure; after the last the delivery is dead: 27 hours in all.
DELAYS: tuple[float, ...] = (5, 300, 1800, 7200, 18_000, 36_000, 36_000)


def delay_after(attempts: int, chance: float, delays: Sequence[float] = DELAYS) -> float | None:
    """None: it was the last attempt. `chance` from 0 to 1 spreads, so that a receiver that comes
    back is not met by all at once."""
    if attempts > len(delays):
        return None
    return delays[attempts - 1] * (0.8 + 0.4 * chance)
