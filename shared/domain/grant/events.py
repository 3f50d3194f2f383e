"""What happened to a grant."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantGiven:
    grant_id: str
    principal_id: str
    action: str
    resource: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRevoked:
    grant_id: str
    principal_id: str


GrantEvent = GrantGiven | GrantRevoked
