"""Stacks, as far as ZenML's client needs one to start."""

from typing import Any

from litestar import Request
from litestar.params import FromPath

from services.gateway.answer import Answer, answered
from services.gateway.call import call_of
from services.gateway.operation import operation
from services.gateway.surfaces.zenml.auth import sign_in
from services.gateway.surfaces.zenml.errors import Told, missing, telling
from services.gateway.surfaces.zenml.filters import pages_of
from services.gateway.surfaces.zenml.resources.stacks import translate, wire
from services.gateway.surfaces.zenml.statuses import READ
from services.gateway.surfaces.zenml.validation import Findings
from services.gateway.surfaces.zenml.wire import GetQuery

AnyRequest = Request[Any, Any, Any]


@telling
async def list_stacks(request: AnyRequest) -> Answer[wire.StackPage]:
    call = call_of(request)
    sign_in(call, allow="GET")
    findings = Findings()
    query = findings.checked(findings.model("query", dict(call.repeatable()), wire.StacksQuery))
    is_asked = _is(query.name, translate.NAME) and _is(query.id, translate.STACK_ID)
    total = 1 if is_asked else 0
    pages = pages_of(query.page, query.size, total)
    return answered(
        wire.StackPage(
            index=query.page,
            max_size=query.size,
            total_pages=pages,
            total=total,
            items=[translate.stack(hydrate=query.hydrate)] if is_asked else [],
        )
    )


@telling
async def get_stack(stack_id: FromPath[str], request: AnyRequest) -> Answer[wire.Stack]:
    call = call_of(request)
    sign_in(call, allow="GET")
    findings = Findings()
    uuid = findings.uuid("stack_id", stack_id)
    query = findings.checked(findings.model("query", dict(call.repeatable()), GetQuery))
    if str(uuid) != translate.STACK_ID:
        text = f"Unable to get stack with ID '{uuid}': No stack with this ID found"
        raise Told(missing(text))
    return answered(translate.stack(hydrate=query.hydrate))


def _is(asked: str | None, value: str) -> bool:
    return asked is None or asked.removeprefix("equals:") == value


HANDLERS = (
    *operation(
        "GET",
        "/api/v1/stacks",
        list_stacks,
        summary="List stacks",
        tag="start",
        query=wire.StacksQuery,
        refusals=READ,
    ),
    *operation(
        "GET",
        "/api/v1/stacks/{stack_id:str}",
        get_stack,
        summary="Get a stack",
        tag="start",
        query=GetQuery,
        refusals=READ,
    ),
)
