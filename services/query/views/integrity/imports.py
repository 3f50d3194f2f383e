"""Imports as the installation's admin sees them: under way, taken in, or refused and why."""

from datetime import UTC

from services.query.asked import Asked, Row
from services.query.paging import limits, page_of
from shared.domain.rejections import Forbidden, NotFound
from shared.envelope.codec import decode_object
from shared.kernel import json
from shared.queries.integrity import (
    GetImport,
    GetImportedPosition,
    ImportDocument,
    ImportedPosition,
    ImportPage,
    ListImports,
)

_FORBIDDEN = Forbidden(action="log.import", resource="*")


async def get_import(question: GetImport, asked: Asked) -> ImportDocument | Forbidden | NotFound:
    if not _may(asked):
        return _FORBIDDEN
    row = await asked.row("get_import", import_id=question.import_id)
    return NotFound(kind="import", key=question.import_id) if row is None else _document(row)


async def list_imports(question: ListImports, asked: Asked) -> ImportPage | Forbidden:
    if not _may(asked):
        return _FORBIDDEN
    rows = await asked.rows("list_imports", **limits(question.page, question.per_page))
    items, total = page_of(rows, _document)
    return ImportPage(items=items, total=total)


async def get_imported_position(
    question: GetImportedPosition, asked: Asked
) -> ImportedPosition | Forbidden | NotFound:
    if not _may(asked):
        return _FORBIDDEN
    row = await asked.row(
        "get_imported_position", import_id=question.import_id, origin=question.origin
    )
    if row is None:
        return NotFound(kind="position", key=str(question.origin))
    return ImportedPosition(origin=question.origin, position=row[0])


def _may(asked: Asked) -> bool:
    return asked.is_process or asked.index.is_installation_admin(asked.asker.id)


def _document(row: Row) -> ImportDocument:
    id_, state, begun_at, report = row
    given = {} if report is None else json.loads(report)
    document: ImportDocument = decode_object(
        ImportDocument, {**given, "id": id_, "state": state, "begun_at": begun_at.astimezone(UTC)}
    )
    return document
