"""What happened to a custom domain."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.custom_domain.commands import Method
from shared.kernel.secrets import SecretRef


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


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateSet:
    """`chain` is public by nature; the key is in the vault. `fingerprint`: SHA-256 of the first
    certificate, in hex."""

    service_id: str
    project_id: str
    domain: str
    chain: str
    key: SecretRef
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    issuer: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRemoved:
    """The domain is not served by TLS any more."""

    service_id: str
    project_id: str
    domain: str


CustomDomainEvent = DomainVerified | DomainCheckFailed | CertificateSet | CertificateRemoved
