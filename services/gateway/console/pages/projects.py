"""The projects one may see, and a search over all their services."""

from typing import get_args

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from services.gateway.console.page import page, redirect, rendered
from services.gateway.console.pages.listing import PER_PAGE, page_of, pages_of, status_of, word_of
from services.gateway.console.visit import Visit
from shared.queries.console import (
    ListProjectStates,
    ListServiceStates,
    ProjectSort,
    ProjectStates,
    ServiceSort,
    ServiceStates,
)

PROJECT_SORTS: tuple[ProjectSort, ...] = get_args(ProjectSort)
SERVICE_SORTS: tuple[ServiceSort, ...] = get_args(ServiceSort)


async def start(visit: Visit) -> Response[bytes]:
    return redirect(visit.url("/console/projects"))


async def projects(visit: Visit) -> Response[bytes]:
    number, status = page_of(visit), status_of(visit)
    sort = word_of(visit, "sort", PROJECT_SORTS)
    text = visit.query.get("q", "")
    question = ListProjectStates(
        text=text, status=status, sort=sort, page=number, per_page=PER_PAGE
    )
    found = await visit.ask(question, ProjectStates)
    return rendered(
        visit,
        "projects.html",
        found=found,
        pages=pages_of(visit, number, len(found.items), found.total),
        text=text,
        state=status,
        sort=sort,
        sorts=PROJECT_SORTS,
    )


async def services(visit: Visit) -> Response[bytes]:
    number, status = page_of(visit), status_of(visit)
    sort = word_of(visit, "sort", SERVICE_SORTS)
    text = visit.query.get("q", "")
    question = ListServiceStates(
        text=text, status=status, sort=sort, page=number, per_page=PER_PAGE
    )
    found = await visit.ask(question, ServiceStates)
    return rendered(
        visit,
        "services.html",
        found=found,
        pages=pages_of(visit, number, len(found.items), found.total),
        text=text,
        state=status,
        sort=sort,
        sorts=SERVICE_SORTS,
    )


HANDLERS: tuple[HTTPRouteHandler, ...] = (
    page("/console", start),
    page("/console/projects", projects),
    page("/console/services", services),
)
