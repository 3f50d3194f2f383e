"""From a service's document to its domains on `/ops`. Pure."""

from datetime import datetime

from services.gateway.surfaces.ops.resources.domains import wire
from shared.domain.custom_domain.commands import SetCertificate
from shared.domain.custom_domain.proof import ExpectedRecords, expected_records
from shared.kernel.secrets import PlainText
from shared.kernel.time import format_rfc3339
from shared.queries.certificates import CertificateDocument, DomainPlace
from shared.queries.services import ServiceDocument


def from_service(document: ServiceDocument, *, suffix: str, is_checked: bool) -> list[wire.Domain]:
    """One at most, today; a list, so that more would need no other answer."""
    found = document.domain
    if found is None:
        return []
    host = f"{document.slug}.{document.project_handle}.{suffix}"
    return [
        wire.Domain(
            domain=found.domain,
            state=found.state if is_checked else "unchecked",
            is_routed=found.state == "verified" or not is_checked,
            reason=found.reason if is_checked else "",
            since=None if found.since is None else format_rfc3339(found.since),
            records=_records(expected_records(found.domain, document.project_id, host)),
        )
    ]


def from_certificate(
    domain: str, document: CertificateDocument, *, now: datetime
) -> wire.Certificate:
    return wire.Certificate(
        domain=domain,
        names=list(document.names),
        not_before=format_rfc3339(document.not_before),
        not_after=format_rfc3339(document.not_after),
        days_left=max((document.not_after - now).days, 0),
        issuer=document.issuer,
        fingerprint=document.fingerprint,
        since=format_rfc3339(document.since),
    )


def to_set(body: wire.PutCertificate, place: DomainPlace) -> SetCertificate:
    return SetCertificate(
        service_id=place.service_id,
        project_id=place.project_id,
        domain=place.domain,
        chain=body.certificate,
        key=PlainText(text=body.key),
    )


def _records(expected: ExpectedRecords) -> list[wire.DnsRecord]:
    return [
        wire.DnsRecord(type="CNAME", name=expected.cname_name, value=expected.cname_value),
        wire.DnsRecord(type="TXT", name=expected.txt_name, value=expected.txt_value),
    ]
