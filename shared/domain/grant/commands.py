"""What may be asked of a grant."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveGrant:
    """`action` as in shared/access/actions.py, or `*`; `resource` is `*`, `account:<id>`,
    `project:<id>` or `service:<id>`."""

    grant_id: str
    principal_id: str
    action: str
    resource: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeGrant:
    grant_id: str


GrantCommand = GiveGrant | RevokeGrant
