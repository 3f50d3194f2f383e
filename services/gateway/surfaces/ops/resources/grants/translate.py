"""Between `/ops` and the domain: grants."""

from services.gateway.surfaces.ops.resources.grants import wire
from shared.domain.grant.commands import GiveGrant
from shared.kernel.time import format_rfc3339
from shared.queries.identity import GrantDocument


def to_give(body: wire.CreateGrant, *, grant_id: str, principal_id: str) -> GiveGrant:
    return GiveGrant(
        grant_id=grant_id, principal_id=principal_id, action=body.action, resource=body.resource
    )


def from_document(document: GrantDocument) -> wire.Grant:
    return wire.Grant(
        id=document.id,
        principal_id=document.principal_id,
        action=document.action,
        resource=document.resource,
        created_at=format_rfc3339(document.created_at),
    )
