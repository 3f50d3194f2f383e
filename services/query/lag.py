"""Whether the views follow the log: behind and not moving is not following.

Being behind for a moment is how a projection works; standing at one position while the log goes on
is how it looks when every batch hangs or fails without saying so."""

STILL_SECONDS = 5.0


class Lag:
    def __init__(self) -> None:
        self._stands_at = -1
        self._since = 0.0

    def of(self, position: int, head: int, now: float) -> str | None:
        """Why not, or None while all is well."""
        if position >= head or position != self._stands_at:
            self._stands_at, self._since = position, now
            return None
        if now - self._since < STILL_SECONDS:
            return None
        return f"the views stand at {position} while the log is at {head}"
