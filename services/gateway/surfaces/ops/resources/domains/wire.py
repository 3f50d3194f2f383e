"""Custom domains as this surface spells them: what is known, and what must stand in the DNS."""

from typing import Literal

from pydantic import BaseModel, Field


class Record(BaseModel):
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
    records: list[Record] = Field(
        description="Either of them proves the domain; at the top of a zone it is the TXT record."
    )


class DomainList(BaseModel):
    data: list[Domain]
