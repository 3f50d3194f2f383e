"""What happened to a custom domain."""

from dataclasses import dataclass

from shared.domain.custom_domain.commands import Method


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainVerified:
    """Its owner's records name this service or its project: it may be routed."""

    service_id: str
    project_id: str
    domain: str
    method: Method


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainCheckFailed:
    """No record proves it, or not any more: it is not routed."""

    service_id: str
    project_id: str
    domain: str
    reason: str


CustomDomainEvent = DomainVerified | DomainCheckFailed
