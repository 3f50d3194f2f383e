"""A custom domain folded from its events."""

from dataclasses import dataclass, replace
from typing import assert_never

from shared.domain.custom_domain.events import (
    CertificateRemoved,
    CertificateSet,
    CustomDomainEvent,
    DomainCheckFailed,
    DomainVerified,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    domain: str
    chain: str
    key_mac: str


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Of a service whose domain was never spoken of `project_id` is None; `is_verified` is None
    until it was checked."""

    project_id: str | None = None
    domain: str = ""
    is_verified: bool | None = None
    certificate: Certificate | None = None


def evolve(state: State, event: CustomDomainEvent) -> State:
    known = replace(state, project_id=event.project_id)
    match event:
        case DomainVerified():
            return replace(known, domain=event.domain, is_verified=True)
        case DomainCheckFailed():
            return replace(known, domain=event.domain, is_verified=False)
        case CertificateSet():
            certificate = Certificate(domain=event.domain, chain=event.chain, key_mac=event.key.mac)
            return replace(known, certificate=certificate)
        case CertificateRemoved():
            return replace(known, certificate=None)
        case _:
            assert_never(event)
