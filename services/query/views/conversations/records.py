"""Answers about agents and state machines: who reads the records of a project reads these."""

from services.query.asked import Asked
from services.query.paging import limits, page_of
from services.query.views.conversations import documents
from shared.domain.rejections import Forbidden, NotFound
from shared.kernel.ids import is_id
from shared.queries.conversations import (
    GetRecord,
    ListRecords,
    ListRecordVersions,
    RecordDocument,
    RecordPage,
    RecordVersionPage,
)


async def list_records(question: ListRecords, asked: Asked) -> RecordPage | NotFound | Forbidden:
    if is_id(question.project) and asked.may("record.read", question.project):
        project_id = question.project
    else:
        found = asked.project(question.project, "record.read")
        if isinstance(found, NotFound | Forbidden):
            return found
        project_id = found.id
    rows = await asked.rows(
        "list_records",
        project_id=project_id,
        kind=question.kind,
        **limits(question.page, question.per_page),
    )
    items, total = page_of(rows, documents.record)
    return RecordPage(items=items, total=total)


async def get_record(question: GetRecord, asked: Asked) -> RecordDocument | NotFound:
    row = await asked.row("get_record", record_id=question.record_id, kind=question.kind)
    if row is None or not asked.may("record.read", row[1]):
        return NotFound(kind=question.kind, key=question.record_id)
    return documents.record(row)


async def list_record_versions(
    question: ListRecordVersions, asked: Asked
) -> RecordVersionPage | NotFound:
    record = await get_record(GetRecord(kind=question.kind, record_id=question.record_id), asked)
    if isinstance(record, NotFound):
        return record
    rows = await asked.rows(
        "list_record_versions",
        record_id=record.id,
        **limits(question.page, question.per_page),
    )
    items, total = page_of(rows, documents.record_version)
    return RecordVersionPage(items=items, total=total)
