"""Who the caller is, on the wire."""

from typing import Literal

from pydantic import BaseModel


class Key(BaseModel):
    id: str
    name: str
    expires_at: str | None


class Caller(BaseModel):
    """`accounts`: the caller's own and those it is a member of."""

    principal_id: str
    kind: Literal["user", "organization", "service_account"]
    handle: str | None
    name: str
    key: Key
    is_installation_admin: bool
    accounts: list[str]
