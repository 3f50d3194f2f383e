"""From the document to `/ops`: the caller."""

from services.gateway.surfaces.ops.resources.whoami import wire
from shared.kernel.time import format_rfc3339
from shared.queries.identity import CallerDocument


def from_document(document: CallerDocument) -> wire.Caller:
    expires_at = document.key_expires_at
    return wire.Caller(
        principal_id=document.principal_id,
        kind=document.kind,
        handle=document.handle,
        name=document.name,
        key=wire.Key(
            id=document.key_id,
            name=document.key_name,
            expires_at=None if expires_at is None else format_rfc3339(expires_at),
        ),
        is_installation_admin=document.is_installation_admin,
        accounts=list(document.accounts),
    )
