"""Who the caller is, as ZenML's client asks before anything else."""

from typing import Any

from litestar import Request

from services.gateway.answer import Answer, answered
from services.gateway.call import call_of
from services.gateway.operation import operation
from services.gateway.surfaces.zenml.auth import sign_in
from services.gateway.surfaces.zenml.errors import telling
from services.gateway.surfaces.zenml.resources.users import translate, wire
from services.gateway.surfaces.zenml.statuses import READ
from services.gateway.surfaces.zenml.validation import Findings
from services.gateway.surfaces.zenml.wire import GetQuery
from shared.queries.registrations import GetSelf, PersonDocument

AnyRequest = Request[Any, Any, Any]


@telling
async def get_current_user(request: AnyRequest) -> Answer[wire.User]:
    """Always hydrated, as published; `hydrate` is only checked."""
    call = call_of(request)
    sign_in(call, allow="GET")
    findings = Findings()
    findings.checked(findings.model("query", dict(call.repeatable()), GetQuery))
    person = await call.ask(GetSelf(), PersonDocument)
    return answered(translate.from_person(person, hydrate=True))


HANDLERS = operation(
    "GET",
    "/api/v1/current-user",
    get_current_user,
    summary="Who the caller is",
    tag="start",
    query=GetQuery,
    refusals=READ,
)
