"""Answers to a registry's clients: services of one project, the projects themselves, who asks.

Projects nothing of its own: it reads the tables of services, people, projects and records."""

from pathlib import Path

from services.query.asked import Asked, Row
from services.query.paging import page_of
from services.query.view import View
from services.query.views.registrations import documents, select
from services.query.views.registrations.scopes import (
    DEFAULT,
    default_of,
    granted_in,
    scope_of,
    unseen,
)
from shared.domain.rejections import Forbidden, NotFound, Unauthenticated
from shared.queries.registrations import (
    Condition,
    GetRegistration,
    GetScope,
    GetSelf,
    GetServiceHome,
    ListRegistrations,
    ListScopes,
    PersonDocument,
    RegistrationDocument,
    RegistrationPage,
    ScopeDocument,
    ScopePage,
    Selection,
    ServiceHome,
)

LIMIT_MAX = 10_000
OFFSET_MAX = 10**12
# Of the texts of a page, and what the rest of a row adds to them: the bus takes a megabyte.
PAGE_BYTES = 256 * 1024
ROW_BYTES = 700
_SQL = Path(__file__).parent / "sql"
# What the index over the past knows beside the project and the time.
_IN_INDEX = frozenset({"id", "created", "name"})


async def list_registrations(
    question: ListRegistrations, asked: Asked
) -> RegistrationPage | NotFound | Forbidden:
    project = scope_of(question.project, asked)
    if isinstance(project, NotFound):
        return project
    selection = question.selection
    parameters = select.Parameters({"project_id": project.id, **_limits(selection)})
    found, where = await _where(selection, asked, parameters)
    if question.owner_id is not None:
        where += f" and s.owner_id = {parameters.hold(question.owner_id)}"
    if not asked.may("service.read", project.id):
        granted = await granted_in(project.id, asked)
        if not granted:
            return unseen(project, question.project, asked)
        found += f" and s.id = any({parameters.hold(granted)}::text[])"
    counted = asked.statements.read(_count_of(found, where, asked), now=asked.moment.is_now)
    if selection.sort_by == "user":
        direction = "desc nulls last" if selection.descending else "asc nulls first"
        rows = await _rows(
            asked,
            "list_by_owner",
            parameters,
            total=counted,
            found=found,
            where=where,
            names=f"n.name {direction}",
            ties="s.id desc" if selection.descending else "s.id",
        )
    else:
        order = select.order(select.SERVICE, selection, tie="s.id")
        in_index = asked.moment.is_now or (not where and selection.sort_by in _IN_INDEX)
        name = "list_registrations" if in_index else "list_selected_then"
        rows = await _rows(
            asked, name, parameters, total=counted, found=found, where=where, order=order
        )
    items, total = page_of(_fitting(rows), lambda row: documents.registration(row, asked.index))
    return RegistrationPage(items=items, total=total)


def _count_of(found: str, where: str, asked: Asked) -> str:
    """All that lives now was counted as it came; anything else is counted when it is asked for."""
    if asked.moment.is_now:
        return "count_services" if found or where else "tally_services"
    return "count_selected_then" if where else "count_services"


def _fitting(rows: list[Row]) -> list[Row]:
    """As many as one message holds, one at least: an event, and so a row, is smaller than that."""
    size = 0
    for number, row in enumerate(rows):
        size += ROW_BYTES + sum(len(value.encode()) for value in row if isinstance(value, str))
        if size > PAGE_BYTES and number > 0:
            return rows[:number]
    return rows


async def get_registration(
    question: GetRegistration, asked: Asked
) -> RegistrationDocument | NotFound | Forbidden:
    row = await asked.row("get_registration", service_id=question.service_id)
    if row is None:
        return NotFound(kind="service", key=question.service_id)
    if not asked.may("service.read", row[1], row[0]):
        if asked.may("project.read", row[1]):
            return Forbidden(action="service.read", resource=f"project:{row[1]}")
        return NotFound(kind="service", key=question.service_id)
    return documents.registration(row, asked.index)


async def get_service_home(question: GetServiceHome, asked: Asked) -> ServiceHome | NotFound:
    row = await asked.row("get_service_home", service_id=question.service_id)
    if row is None or not asked.may("service.read", row[0], question.service_id):
        return NotFound(kind="service", key=question.service_id)
    return ServiceHome(service_id=question.service_id, project_id=row[0])


async def get_scope(question: GetScope, asked: Asked) -> ScopeDocument | NotFound:
    project = scope_of(question.project, asked)
    if isinstance(project, NotFound):
        return project
    if not asked.may("project.read", project.id):
        return NotFound(kind="project", key=question.project or DEFAULT)
    row = await asked.row("get_scope", project_id=project.id)
    if row is None:
        return NotFound(kind="project", key=question.project or project.handle)
    return documents.scope(row)


async def list_scopes(question: ListScopes, asked: Asked) -> ScopePage:
    ids = asked.index.visible_projects(asked.asker.id)
    # A project that was removed answers at no moment, so it is left out of the past too.
    hidden = [p.id for p in asked.index.projects.values() if not asked.index.live_project(p.id)]
    selection = question.selection
    parameters = select.Parameters(
        {
            "everything": ids is None,
            "ids": sorted(ids or ()),
            "hidden": hidden,
            **_limits(selection),
        }
    )
    conditions = [
        select.condition(select.PROJECT[each.column], each, parameters)
        for each in selection.conditions
    ]
    rows = await _rows(
        asked,
        "list_scopes",
        parameters,
        where=select.where(conditions, any_of=selection.any_of),
        order=select.order(select.PROJECT, selection, tie="q.id"),
    )
    items, total = page_of(rows, documents.scope)
    return ScopePage(items=items, total=total)


async def get_self(question: GetSelf, asked: Asked) -> PersonDocument | Unauthenticated:
    row = await asked.row("get_person", principal_id=asked.asker.id)
    if row is None:
        return Unauthenticated()
    home = default_of(asked)
    return documents.person(row, asked.index, default_project_id=home.id if home else None)


async def _where(
    selection: Selection, asked: Asked, parameters: select.Parameters
) -> tuple[str, str]:
    """What an index over the past can tell of a row, and what only the row itself can."""
    found: list[str] = []
    rest: list[str] = []
    for each in selection.conditions:
        if each.column == "user":
            owners = parameters.hold(await _owners(each, asked))
            rest.append(f"s.owner_id = any({owners}::text[])")
        else:
            told = found if each.column in _IN_INDEX else rest
            told.append(select.condition(select.SERVICE[each.column], each, parameters))
    if selection.any_of and rest:
        return "", select.where(found + rest, any_of=True)
    any_of = selection.any_of
    return select.where(found, any_of=any_of), select.where(rest, any_of=any_of)


async def _owners(asked_for: Condition, asked: Asked) -> list[str]:
    """Whose id, name or full name is as asked for: first, so that their services are found by the
    index over owners."""
    parameters = select.Parameters()
    names = [select.condition(column, asked_for, parameters) for column in select.PERSON.values()]
    where = select.where(names, any_of=True)
    rows = await _rows(asked, "list_persons", parameters, where=where)
    return [row[0] for row in rows]


async def _rows(asked: Asked, name: str, parameters: select.Parameters, **parts: str) -> list[Row]:
    text = asked.statements.read(name, now=asked.moment.is_now)
    for part, sql in parts.items():
        text = text.replace(f"${part}", sql)
    values = parameters.values
    if not asked.moment.is_now:
        values = {**values, "moment": asked.moment.position}
    return await asked.database.rows(text, values)


def _limits(selection: Selection) -> dict[str, int]:
    limit = min(max(selection.limit, 1), LIMIT_MAX)
    # A page number of a client may be huge; an offset beyond bigint would be an error.
    offset = min(max(selection.offset, 0), OFFSET_MAX)
    return {"limit": limit, "offset": offset, "upto": offset + limit}


REGISTRATIONS = View(
    name="registrations",
    sql=_SQL,
    reads=("services", "identity", "conversations"),
    answers={
        ListRegistrations: list_registrations,
        GetRegistration: get_registration,
        GetServiceHome: get_service_home,
        GetScope: get_scope,
        ListScopes: list_scopes,
        GetSelf: get_self,
    },
)
