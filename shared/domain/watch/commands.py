"""What the prober reports of a watched URL."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportWatch:
    """A transition. `reason` is empty while all is well: else the status it answered with, or one
    of `target_refused` and `target_unreachable` (more would let people scan ports)."""

    service_id: str
    project_id: str
    url: str
    is_healthy: bool
    reason: str = ""


WatchCommand = ReportWatch
