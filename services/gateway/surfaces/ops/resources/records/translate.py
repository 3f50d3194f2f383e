"""Between `/ops` and records."""

from services.gateway.surfaces.ops.resources.records import wire
from shared.domain.record.commands import DeclareRecord, RecordKind, ReviseRecord
from shared.kernel.ids import to_uuid
from shared.kernel.time import format_rfc3339
from shared.kernel.unset import UNSET
from shared.queries.conversations import RecordDocument, RecordVersionDocument


def to_declare(
    body: wire.DeclareRecord, *, kind: RecordKind, record_id: str, project_id: str
) -> DeclareRecord:
    return DeclareRecord(
        record_id=record_id,
        project_id=project_id,
        kind=kind,
        name=body.name,
        description=body.description,
    )


def to_revise(body: wire.ReviseRecord, *, kind: RecordKind, now: RecordDocument) -> ReviseRecord:
    return ReviseRecord(
        record_id=now.id,
        project_id=now.project_id,
        kind=kind,
        name=UNSET if body.name is None else body.name,
        description=UNSET if body.description is None else body.description,
        is_deprecated=UNSET if body.is_deprecated is None else body.is_deprecated,
    )


def from_document(document: RecordDocument) -> wire.Record:
    return wire.Record(
        id=document.id,
        uuid=str(to_uuid(document.id)),
        project_id=document.project_id,
        name=document.name,
        description=document.description,
        is_deprecated=document.is_deprecated,
        latest_version=document.versions,
        created_at=format_rfc3339(document.created_at),
        updated_at=format_rfc3339(document.updated_at),
    )


def from_version(document: RecordVersionDocument) -> wire.Version:
    return wire.Version(
        number=document.number,
        content=document.content,
        created_at=format_rfc3339(document.created_at),
        created_by=document.created_by,
    )
