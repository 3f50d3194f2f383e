"""Custom domains as this surface spells them: what is known, and what must stand in the DNS."""

from typing import Literal

from pydantic import BaseModel, Field

from services.gateway.parameters import Body


class DnsRecord(BaseModel):
    type: Literal["CNAME", "TXT"]
    name: str
    value: str


class Domain(BaseModel):
    """`unchecked`: this installation does not ask the DNS and routes the domain at once. `reason`
    is what was found in place of a record; `since` when it was last found to be so or not."""

    domain: str
    state: Literal["unchecked", "pending", "verified", "failed"]
    is_routed: bool
    reason: str
    since: str | None
    records: list[DnsRecord] = Field(
        description="Either of them proves the domain; at the top of a zone it is the TXT record."
    )


class DomainList(BaseModel):
    data: list[Domain]


class PutCertificate(Body):
    certificate: str = Field(
        description="The chain in PEM, the domain's own certificate first.", max_length=65_536
    )
    key: str = Field(
        description="Its private key in PEM, without a password; kept in the vault, never shown.",
        max_length=16_384,
        json_schema_extra={"writeOnly": True},
    )


class Certificate(BaseModel):
    """`names` are the hosts it is for; `fingerprint` is SHA-256 of the domain's own certificate."""

    domain: str
    names: list[str]
    not_before: str
    not_after: str
    days_left: int
    issuer: str
    fingerprint: str
    since: str
