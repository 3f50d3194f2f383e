"""From documents to `/ops`: imports."""

from services.gateway.surfaces.ops.resources.imports import wire
from shared.kernel.time import format_rfc3339
from shared.queries.integrity import ImportDocument


def from_document(document: ImportDocument) -> wire.Import:
    return wire.Import(
        id=document.id,
        state=document.state,
        begun_at=format_rfc3339(document.begun_at),
        of_account=document.of_account,
        events=document.events,
        streams=document.streams,
        first_position=document.first_position,
        last_position=document.last_position,
        sha256=document.sha256,
        key=document.key,
        trust=document.trust,
        deploy=document.deploys,
        code=document.code,
        message=document.message,
        line=document.line,
        position=document.position,
    )
