"""The guard against our own illness: when most replicas fall silent at once, it is more likely us.

Pure. While it holds, no replica is called unready for being silent (CONTROL 2.5). It holds for a
limited time: what stays silent longer, with a prober that can be trusted to run, is believed."""

from dataclasses import dataclass

SILENT_LEAST = 5
HOLD_SECONDS = 30.0


@dataclass(slots=True)
class MassGuard:
    suspect_since: float | None = None

    def holds(self, *, silent: int, watched: int, now: float) -> bool:
        """`silent`: how many of the `watched` (ready until now) have failed to answer in HTTP."""
        if silent < SILENT_LEAST or silent * 2 <= watched:
            self.suspect_since = None
            return False
        if self.suspect_since is None:
            self.suspect_since = now
        return now - self.suspect_since < HOLD_SECONDS
