"""How many projects there are, and may be: on one's own machine there is no plan to outgrow."""

from typing import Any

from litestar import Request

from services.gateway.answer import Answer, answered
from services.gateway.call import call_of
from services.gateway.operation import operation
from services.gateway.surfaces.microvisualizer.reading import ask
from services.gateway.surfaces.microvisualizer.resources.limits import wire
from services.gateway.surfaces.microvisualizer.statuses import ALWAYS
from services.gateway.surfaces.microvisualizer.unlimited import UNLIMITED
from shared.queries.microvisualizer import ListProjectCards, ProjectCardPage


async def get_limits(request: Request[Any, Any, Any]) -> Answer[wire.LimitsGet]:
    page = await ask(call_of(request), ListProjectCards(size=1), ProjectCardPage)
    return answered(wire.LimitsGet(currentProjects=page.total, maxProjects=UNLIMITED))


HANDLERS = operation(
    "GET",
    "/v1/limits",
    get_limits,
    summary="Get limits",
    tag="Limits",
    refusals=ALWAYS,
    operation_id="getLimits",
)
