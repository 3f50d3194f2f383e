"""Projects, as far as ZenML's client needs them to find its own: listed, and one by name or id."""

from typing import Any

from litestar import Request
from litestar.params import FromPath

from services.gateway.answer import Answer, answered
from services.gateway.call import call_of
from services.gateway.operation import operation
from services.gateway.surfaces.zenml.auth import sign_in
from services.gateway.surfaces.zenml.errors import telling
from services.gateway.surfaces.zenml.filters import Filter, pages_of, selection_of
from services.gateway.surfaces.zenml.ids import named_or_meant
from services.gateway.surfaces.zenml.resources.projects import translate, wire
from services.gateway.surfaces.zenml.statuses import READ
from services.gateway.surfaces.zenml.validation import Findings
from services.gateway.surfaces.zenml.wire import (
    GetQuery,
    HydrateQuery,
    LogicalOperators,
    PageQuery,
)
from shared.queries.registrations import GetScope, ListScopes, ScopeDocument, ScopePage

AnyRequest = Request[Any, Any, Any]

FILTER = Filter(
    model="ProjectFilter",
    table="ProjectSchema",
    columns={
        "id": "id",
        "created": "time",
        "updated": "time",
        "name": "text",
        "display_name": "text",
    },
    unsorted=frozenset("sort_by page size logical_operator".split()),
)


@telling
async def list_projects(request: AnyRequest) -> Answer[wire.ProjectPage]:
    call = call_of(request)
    sign_in(call, allow="GET")
    pairs = call.repeatable()
    findings = Findings()
    query = findings.model("query", dict(pairs), PageQuery)
    question = None if query is None else _question(query, pairs)
    wanted = findings.model("query", dict(pairs), HydrateQuery)
    query, hydrate = findings.checked(query), findings.checked(wanted).hydrate
    page = await call.ask(findings.checked(question), ScopePage)
    pages = pages_of(query.page, query.size, page.total)
    return answered(
        wire.ProjectPage(
            index=query.page,
            max_size=query.size,
            total_pages=pages,
            total=page.total,
            items=[translate.from_scope(item, hydrate=hydrate) for item in page.items],
        )
    )


@telling
async def get_project(
    project_name_or_id: FromPath[str], request: AnyRequest
) -> Answer[wire.Project]:
    call = call_of(request)
    sign_in(call, allow="GET")
    findings = Findings()
    query = findings.checked(findings.model("query", dict(call.repeatable()), GetQuery))
    question = GetScope(project=named_or_meant(project_name_or_id))
    scope = await call.ask(question, ScopeDocument)
    return answered(translate.from_scope(scope, hydrate=query.hydrate))


def _question(query: PageQuery, pairs: list[tuple[str, str]]) -> ListScopes:
    return ListScopes(
        selection=selection_of(
            FILTER,
            pairs,
            sort_by=query.sort_by,
            any_of=query.logical_operator is LogicalOperators.OR,
            page=query.page,
            size=query.size,
        )
    )


HANDLERS = (
    *operation(
        "GET",
        "/api/v1/projects",
        list_projects,
        summary="List projects",
        tag="start",
        query=wire.ProjectsQuery,
        refusals=READ,
    ),
    *operation(
        "GET",
        "/api/v1/projects/{project_name_or_id:str}",
        get_project,
        summary="Get a project by name or id",
        tag="start",
        query=GetQuery,
        refusals=READ,
    ),
)
