"""Answers for the console's lists: rows of other views, filtered and sorted before paging."""

from datetime import UTC
from pathlib import Path

from services.query.asked import Asked
from services.query.paging import limits, page_of
from services.query.view import View
from services.query.views.console.rows import STATUSES, project_state, service_state, state_counts
from shared.access.state import Project
from shared.domain.rejections import Forbidden, NotFound
from shared.queries.console import (
    GetMoment,
    ListProjectStates,
    ListServiceStates,
    MomentDocument,
    ProjectStates,
    ServiceStates,
)

TEXT_LENGTH_MAX = 200
_SERVICES_AT = 14
_COUNTS_AT = 18


async def get_moment(question: GetMoment, asked: Asked) -> MomentDocument:
    return MomentDocument(position=asked.moment.position, at=asked.moment.at.astimezone(UTC))


async def list_project_states(question: ListProjectStates, asked: Asked) -> ProjectStates:
    visible = asked.index.visible_projects(asked.asker.id)
    # A project that was removed answers at no moment, so it is left out of the past too.
    hidden = [p.id for p in asked.index.projects.values() if not asked.index.live_project(p.id)]
    rows = await asked.rows(
        "list_projects",
        ids=None if visible is None else sorted(visible),
        hidden=hidden,
        text=_text(question.text),
        status=question.status,
        sort=question.sort,
        **limits(question.page, question.per_page),
    )
    items, total = page_of(rows, project_state)
    return ProjectStates(items=items, total=total, services=int(rows[0][_SERVICES_AT]))


async def list_service_states(
    question: ListServiceStates, asked: Asked
) -> ServiceStates | NotFound | Forbidden:
    if question.project is not None:
        project = asked.project(question.project, "service.read")
        if isinstance(project, NotFound):
            return project
        granted = [] if isinstance(project, Project) else await _granted(asked, question.project)
        if isinstance(project, Forbidden) and not granted:
            return project
        visible: frozenset[str] | None = frozenset(
            {project.id} if isinstance(project, Project) else ()
        )
    else:
        visible = asked.index.visible_projects(asked.asker.id)
        granted = [] if visible is None else await _granted(asked, None)
    text = _text(question.text)
    rows = await asked.rows(
        "list_services",
        project_ids=None if visible is None else sorted(visible),
        service_ids=granted,
        text=text,
        id_begins=f"{text}%" if len(text) >= 6 and text.isalnum() else "",
        status=question.status,
        sort=question.sort,
        **limits(question.page, question.per_page),
    )

    items, total = page_of(rows, lambda row: service_state(row, asked.index))
    counts = rows[0][_COUNTS_AT : _COUNTS_AT + len(STATUSES)]
    return ServiceStates(items=items, total=total, states=state_counts(counts))


async def _granted(asked: Asked, handle: str | None) -> list[str]:
    """Services that grants name one by one, where their projects live; of one project or of all."""
    service_ids = asked.granted("service.read")
    if not service_ids:
        return []
    rows = await asked.rows("list_granted", service_ids=service_ids)
    projects = {row[1]: asked.index.live_project(row[1]) for row in rows}
    return [
        row[0]
        for row in rows
        if (project := projects[row[1]]) is not None and handle in (None, project.handle)
    ]


def _text(text: str) -> str:
    return text.strip().lower()[:TEXT_LENGTH_MAX]


CONSOLE = View(
    name="console",
    sql=Path(__file__).parent / "sql",
    reads=("services", "identity"),
    answers={
        GetMoment: get_moment,
        ListProjectStates: list_project_states,
        ListServiceStates: list_service_states,
    },
)
