"""What must stand in the DNS before a domain is routed: one of two records. Pure.

The text of the TXT record is bound to the project and the domain and is no secret: what it proves
is that whoever wrote it there rules over the domain, and means this project."""

import hashlib
from dataclasses import dataclass

TXT_LABEL = "_chronoplane"
TXT_PREFIX = "chronoplane-domain="
_KEY = b"chronoplane custom domain"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedRecords:
    """Either is enough. A CNAME cannot stand at the top of a zone: there it is the TXT record."""

    cname_name: str
    cname_value: str
    txt_name: str
    txt_value: str


def expected_records(domain: str, project_id: str, service_host: str) -> ExpectedRecords:
    return ExpectedRecords(
        cname_name=domain,
        cname_value=service_host,
        txt_name=f"{TXT_LABEL}.{domain}",
        txt_value=TXT_PREFIX + _token(domain, project_id),
    )


def _token(domain: str, project_id: str) -> str:
    said = f"{project_id} {domain}".encode()
    return hashlib.blake2b(said, digest_size=16, key=_KEY).hexdigest()
