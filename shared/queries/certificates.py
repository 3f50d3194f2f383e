"""Certificates of custom domains: what people see of them, and how the edge gets their keys."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FindDomain:
    """The live service that has this custom domain (a name in its normal form). NotFound where
    there is none that the asker may read."""

    domain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateDocument:
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    issuer: str
    fingerprint: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainPlace:
    service_id: str
    project_id: str
    domain: str
    certificate: CertificateDocument | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCertificateHeads:
    """For the edge: which certificates it is to have, in order of service, after `after_id`."""

    after_id: str = ""
    limit: int = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateHead:
    """`version` rises with every change."""

    service_id: str
    domain: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateHeads:
    items: tuple[CertificateHead, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCertificate:
    """For the edge. `public_key`: a key of this asking process's own, made at its start, in
    base64; what is private comes back encrypted to it (shared/runtime/sealed_box.py)."""

    service_id: str
    public_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedCertificate:
    """`sealed_key`: the private key in PEM, encrypted to the asker and bound to the domain."""

    service_id: str
    domain: str
    version: int
    chain: str
    sealed_key: str
