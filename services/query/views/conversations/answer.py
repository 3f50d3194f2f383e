"""Answers about conversations and their unit tests; those about records are beside."""

from pathlib import Path
from typing import Any

from services.query.asked import Asked, Row
from services.query.view import View
from services.query.views.conversations import documents
from services.query.views.conversations.place import Place, organization, place
from services.query.views.conversations.projection import project
from services.query.views.conversations.records import (
    get_record,
    list_record_versions,
    list_records,
)
from services.query.views.conversations.shape import shaped
from shared.domain.rejections import Forbidden, NotFound
from shared.queries.conversations import (
    ConversationDocument,
    ConversationPage,
    GetConversation,
    GetOrganization,
    GetRecord,
    GetUnitTest,
    ListConversations,
    ListRecords,
    ListRecordVersions,
    ListUnitTests,
    OrganizationDocument,
    UnitTestDocument,
    UnitTestPage,
)

LIMIT_MAX = 500
OFFSET_MAX = 10**9
TAGS_MAX = 300

Refusal = NotFound | Forbidden


async def get_organization(
    question: GetOrganization, asked: Asked
) -> OrganizationDocument | NotFound:
    home = organization(question.handle, asked)
    if isinstance(home, NotFound):
        return home
    return OrganizationDocument(
        id=home.account_id,
        handle=question.handle,
        project_id=home.id,
        is_member=asked.may("project.read", home.id),
    )


async def list_conversations(
    question: ListConversations, asked: Asked
) -> ConversationPage | Refusal:
    where = await place(question.organization, asked)
    if not isinstance(where, Place):
        return where
    limit = _limit(question.limit)
    values = {
        "ids": list(question.ids),
        "visible": None if where.visible is None else list(where.visible),
        "is_active": question.is_active,
        "tags": _words(question.tags),
    }
    wanted = {name for name, value in values.items() if value not in (None, [])}
    if where.visible is not None:
        wanted.add("visible")
    wanted.add(" ".join(question.order) or "made")
    wanted.add("now" if asked.moment.is_now else "then")
    rows = await _shaped(
        "list_conversations",
        asked,
        frozenset(wanted),
        {
            **{name: value for name, value in values.items() if name in wanted},
            "project_id": where.project.id,
            "limit": limit + 1,  # One more tells whether there is a next page.
            "offset": _offset(question.offset),
        },
    )
    return ConversationPage(
        items=tuple(documents.conversation(row) for row in rows[:limit]),
        has_more=len(rows) > limit,
        tags=await _tags(where, asked) if question.offset <= 0 else None,
    )


async def _tags(where: Place, asked: Asked) -> tuple[str, ...]:
    """Of all services of the organization, whatever its member may read of them (as published);
    who is no member learns of no tags but those he sees."""
    project_id = where.project.id
    if asked.moment.is_now and (where.is_member or where.visible is None):
        rows = await asked.rows("list_tags_now", project_id=project_id, limit=TAGS_MAX)
    else:
        visible = None if where.is_member or where.visible is None else list(where.visible)
        rows = await asked.rows("list_tags", project_id=project_id, visible=visible, limit=TAGS_MAX)
    return tuple(row[0] for row in rows)


async def get_conversation(
    question: GetConversation, asked: Asked
) -> ConversationDocument | NotFound:
    home = organization(question.organization, asked)
    if isinstance(home, NotFound):
        return home
    row = await asked.row("get_conversation", service_id=question.service_id, project_id=home.id)
    if row is None or not asked.may("service.read", home.id, service_id=question.service_id):
        return NotFound(kind="service", key=question.service_id)
    return documents.conversation(row)


async def list_unit_tests(question: ListUnitTests, asked: Asked) -> UnitTestPage | Refusal:
    where = await place(question.organization, asked)
    if not isinstance(where, Place):
        return where
    limit = _limit(question.limit)
    rows = await _shaped(
        "list_unit_tests",
        asked,
        frozenset({question.order}),
        {
            "project_id": where.project.id,
            "ids": list(question.ids) or None,
            "visible": None if where.visible is None else list(where.visible),
            "service_ids": list(question.service_ids) or None,
            "persona_ids": list(question.persona_ids) or None,
            "scenario_ids": list(question.scenario_ids) or None,
            "metric_ids": list(question.metric_ids) or None,
            "creator_ids": list(question.creator_ids) or None,
            "tags": _words(question.tags) or None,
            "is_deleted": question.is_deleted,
            "text": question.text,
            "limit": limit + 1,
            "offset": _offset(question.offset),
        },
    )
    return UnitTestPage(
        items=tuple(documents.unit_test(row) for row in rows[:limit]), has_more=len(rows) > limit
    )


async def get_unit_test(question: GetUnitTest, asked: Asked) -> UnitTestDocument | NotFound:
    home = organization(question.organization, asked)
    if isinstance(home, NotFound):
        return home
    row = await asked.row("get_unit_test", unit_test_id=question.unit_test_id, project_id=home.id)
    if row is None or not asked.may("service.read", home.id, service_id=row[2]):
        return NotFound(kind="unit_test", key=question.unit_test_id)
    return documents.unit_test(row)


async def _shaped(
    name: str, asked: Asked, wanted: frozenset[str], values: dict[str, Any]
) -> list[Row]:
    text = asked.statements.read(name, now=asked.moment.is_now)
    if not asked.moment.is_now:
        values["moment"] = asked.moment.position
    return await asked.database.rows(shaped(text, wanted), values)


def _words(tags: tuple[tuple[str, str | None], ...]) -> list[str]:
    """As the rows have them: `key:value`, `key:*`, `key:`."""
    return [f"{key}:{'' if value is None else value}" for key, value in tags]


def _limit(limit: int) -> int:
    return min(max(limit, 0), LIMIT_MAX)


def _offset(offset: int) -> int:
    return min(max(offset, 0), OFFSET_MAX)


CONVERSATIONS = View(
    name="conversations",
    sql=Path(__file__).parent / "sql",
    streams=("record", "unit_test"),
    tables=("unit_test", "record", "record_version"),
    project=project,
    reads=("conversations", "services"),
    answers={
        GetOrganization: get_organization,
        ListConversations: list_conversations,
        GetConversation: get_conversation,
        ListUnitTests: list_unit_tests,
        GetUnitTest: get_unit_test,
        ListRecords: list_records,
        GetRecord: get_record,
        ListRecordVersions: list_record_versions,
    },
)
