"""Certificates of custom domains: rows, what people see of them, and what the edge gets."""

from typing import Any

from services.query.asked import Asked, Row
from services.query.view import Write
from shared.domain.custom_domain.events import CertificateRemoved, CertificateSet
from shared.domain.rejections import Invalid, NotFound
from shared.envelope.event import EventEnvelope
from shared.kernel.json import dumps, loads
from shared.queries.certificates import (
    CertificateDocument,
    CertificateHead,
    CertificateHeads,
    DomainPlace,
    FindDomain,
    ListCertificateHeads,
    OpenCertificate,
    SealedCertificate,
)
from shared.runtime.sealed_box import seal

LIMIT_MAX = 1000


def set_certificate(event: CertificateSet, envelope: EventEnvelope) -> Write:
    row: dict[str, Any] = {
        "service_id": event.service_id,
        "position": envelope.position,
        "account_id": envelope.account_id,
        "project_id": event.project_id,
        "domain": event.domain,
        "chain": event.chain,
        "key_id": event.key.secret_id,
        "names": dumps(event.names),
        "not_before": event.not_before,
        "not_after": event.not_after,
        "issuer": event.issuer,
        "fingerprint": event.fingerprint,
        "at": envelope.at,
    }
    return Write(statement="set_certificate", key=event.service_id, row=row)


def close_certificate(event: CertificateRemoved, envelope: EventEnvelope) -> Write:
    row = {"service_id": event.service_id, "position": envelope.position}
    return Write(statement="close_certificate", key=event.service_id, row=row)


async def find_domain(question: FindDomain, asked: Asked) -> DomainPlace | NotFound:
    row = await asked.row("find_domain", domain=question.domain)
    if row is None or not asked.may("service.read", row[1], row[0]):
        return NotFound(kind="domain", key=question.domain)
    return DomainPlace(
        service_id=row[0],
        project_id=row[1],
        domain=question.domain,
        certificate=None if row[2] is None else _document(row[2:]),
    )


def _document(row: Row) -> CertificateDocument:
    return CertificateDocument(
        names=tuple(loads(row[0])),
        not_before=row[1],
        not_after=row[2],
        issuer=row[3],
        fingerprint=row[4],
        since=row[5],
    )


async def list_certificate_heads(question: ListCertificateHeads, asked: Asked) -> CertificateHeads:
    rows = await asked.rows(
        "list_certificate_heads",
        after_id=question.after_id,
        limit=min(max(question.limit, 1), LIMIT_MAX),
    )
    items = tuple(CertificateHead(service_id=r[0], domain=r[1], version=r[2]) for r in rows)
    return CertificateHeads(items=items)


async def open_certificate(
    question: OpenCertificate, asked: Asked
) -> SealedCertificate | NotFound | Invalid:
    row = await asked.row("get_certificate", service_id=question.service_id)
    absent = NotFound(kind="certificate", key=question.service_id)
    if row is None:
        return absent
    account_id, domain, version, chain, key_id = row
    key = (await asked.secrets.open(account_id, [key_id]))[key_id]
    if key is None:
        return absent  # Erased: the domain cannot be served by TLS any more.
    try:
        box = seal(key, question.public_key, domain)
    except ValueError:
        return Invalid(field="public_key", message="is no X25519 key in base64")
    return SealedCertificate(
        service_id=question.service_id,
        domain=domain,
        version=version,
        chain=chain,
        sealed_key=box,
    )
