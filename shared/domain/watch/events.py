"""What was seen of a service that runs elsewhere."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchBecameHealthy:
    """Also the first word about a URL."""

    service_id: str
    project_id: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchBecameUnhealthy:
    """Also the first word about a URL."""

    service_id: str
    project_id: str
    url: str
    reason: str


WatchEvent = WatchBecameHealthy | WatchBecameUnhealthy
