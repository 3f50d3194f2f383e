"""What the prober looks at beside replicas: URLs of services that run elsewhere, and domains."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class ListWatchTargets:
    """For the prober: every live service whose labels ask for it to be watched, in order of id,
    after `after_id`."""

    after_id: str = ""
    limit: int = 1000
    service_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchTarget:
    """`url` is somebody's text. `is_health_url` is false where it is the one that takes the
    requests. `is_healthy` is the log's last word about this URL, None where there is none."""

    service_id: str
    project_id: str
    url: str
    is_health_url: bool
    is_healthy: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchTargetList:
    """`last_id` is the last that was looked at; None where there are no more."""

    items: tuple[WatchTarget, ...]
    last_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchDocument:
    """What was seen at a service's URL. `reason` is empty while all is well."""

    url: str
    is_healthy: bool
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDomainTargets:
    """For the prober: every live service with a custom domain, in order of id."""

    after_id: str = ""
    limit: int = 1000
    service_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainTarget:
    """`service_host` is the name the service has by itself, without the installation's suffix."""

    service_id: str
    project_id: str
    domain: str
    service_host: str
    is_verified: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainTargetList:
    items: tuple[DomainTarget, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainDocument:
    """`since` is when it was last said to be verified or not; None while it is pending."""

    domain: str
    state: Literal["pending", "verified", "failed"]
    reason: str
    since: datetime | None
