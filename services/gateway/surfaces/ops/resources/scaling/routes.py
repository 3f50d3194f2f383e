"""How a service scales, why, and would scale; what waking it costs; back to what ran before."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from litestar import Request
from litestar.params import FromPath

from services.gateway.answer import Answer, answered
from services.gateway.call import Call, call_of
from services.gateway.deploying import check_may_deploy, stable, stable_before
from services.gateway.operation import operation
from services.gateway.parameters import read_body, read_json, read_query
from services.gateway.refusals import BadFields, Refused
from services.gateway.surfaces.ops.resources.scaling import translate, wire
from services.gateway.surfaces.ops.resources.services import translate as services
from services.gateway.surfaces.ops.resources.services import wire as services_wire
from services.gateway.surfaces.ops.statuses import READ, WRITE
from shared.domain.service.commands import RequestRollout
from shared.kernel.time import format_rfc3339, parse_rfc3339
from shared.queries.scaling import GetScaling, ScalingDocument, WhatIfDocument
from shared.queries.services import GetServiceById, ServiceDocument
from shared.queries.telemetry import ColdStartList, ListColdStarts

AnyRequest = Request[Any, Any, Any]

PERIOD = timedelta(hours=1)
DECISIONS_MAX = 1000


async def get_scaling(service: FromPath[str], request: AnyRequest) -> Answer[wire.Scaling]:
    call = call_of(request)
    _ = call.signed_in
    query = read_query(call.parameters(), wire.ScalingQuery)
    _check("decisions", query.decisions)
    question = GetScaling(service_id=service, decisions=query.decisions)
    return answered(translate.from_scaling(await call.ask(question, ScalingDocument)))


async def put_scaling(service: FromPath[str], request: AnyRequest) -> Answer[wire.Scaling]:
    call = call_of(request)
    _ = call.signed_in
    call.fingerprinted = read_json(call.body)
    body = read_body(call.fingerprinted, wire.ScalingSettings)
    question = GetScaling(service_id=service)
    document = await call.find(question, ScalingDocument)
    accepted = await call.command(
        translate.to_set_policy(
            body, service_id=document.service_id, project_id=document.project_id
        )
    )
    after = await call.ask(question, ScalingDocument, after=accepted.position)
    return answered(translate.from_scaling(after))


async def what_if(service: FromPath[str], request: AnyRequest) -> Answer[wire.WhatIfAnswer]:
    """A POST because it has a body; it changes nothing."""
    call = call_of(request)
    _ = call.signed_in
    call.fingerprinted = read_json(call.body) if call.body else {}
    body = read_body(call.fingerprinted, wire.WhatIf)
    start, end = _period(call, body.start, body.end)
    question = translate.to_what_if(body, service_id=service, start=start, end=end)
    return answered(translate.from_what_if(await call.ask(question, WhatIfDocument)))


async def list_cold_starts(service: FromPath[str], request: AnyRequest) -> Answer[wire.ColdStarts]:
    call = call_of(request)
    _ = call.signed_in
    query = read_query(call.parameters(), wire.ColdStartQuery)
    _check("limit", query.limit)
    start, end = _period(call, query.start, query.end)
    question = ListColdStarts(service_id=service, start=start, end=end, limit=query.limit)
    found = await call.ask(question, ColdStartList)
    return answered(
        translate.from_cold_starts(found, start=format_rfc3339(start), end=format_rfc3339(end))
    )


async def roll_back(service: FromPath[str], request: AnyRequest) -> Answer[services_wire.Service]:
    call = call_of(request)
    _ = call.signed_in
    await check_may_deploy(call)
    call.fingerprinted = read_json(call.body) if call.body else {}
    to = read_body(call.fingerprinted, wire.RollBack).deployment
    document = await call.find(GetServiceById(service_id=service), ServiceDocument)
    target = await (stable_before(call, document) if to is None else stable(call, document, to))
    accepted = await call.command(
        RequestRollout(
            service_id=document.id,
            project_id=document.project_id,
            deployment_id=call.parts.ids.new(),
            trigger="rollback",
            commit=target.commit,
        )
    )
    question = GetServiceById(service_id=document.id)
    after = await call.ask(question, ServiceDocument, after=accepted.position)
    return answered(services.from_service(after))


def _check(name: str, count: int) -> None:
    if not 0 <= count <= DECISIONS_MAX:
        raise Refused(BadFields(problems=((name, f"must be from 0 to {DECISIONS_MAX}"),)))


def _period(call: Call, start: str | None, end: str | None) -> tuple[datetime, datetime]:
    ends = _moment("end", end) or call.parts.clock.now()
    begins = _moment("start", start) or ends - PERIOD
    if begins >= ends:
        raise Refused(BadFields(problems=(("start", "must be before end"),)))
    return begins, ends


def _moment(name: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = parse_rfc3339(text)
    if moment is None:
        raise Refused(BadFields(problems=((name, "must be an RFC 3339 time"),)))
    return moment


_TAG = "services"
_ONE = "/ops/v1/services/{service:str}"

HANDLERS = (
    *operation(
        "GET",
        f"{_ONE}/scaling",
        get_scaling,
        summary="How many replicas a service has, and why",
        tag=_TAG,
        query=wire.ScalingQuery,
        refusals=READ,
    ),
    *operation(
        "PUT",
        f"{_ONE}/scaling",
        put_scaling,
        summary="Set what a service scales by",
        tag=_TAG,
        body=wire.ScalingSettings,
        refusals=WRITE,
    ),
    *operation(
        "POST",
        f"{_ONE}/what-if",
        what_if,
        summary="What other settings would have made of recorded traffic; nothing is changed",
        tag=_TAG,
        status=HTTPStatus.OK,
        body=wire.WhatIf,
        refusals=WRITE,
    ),
    *operation(
        "GET",
        f"{_ONE}/cold-starts",
        list_cold_starts,
        summary="Requests that waited for a first replica, and for what",
        tag=_TAG,
        query=wire.ColdStartQuery,
        refusals=READ,
    ),
    *operation(
        "POST",
        f"{_ONE}/rollback",
        roll_back,
        summary="Deploy again what ran before what runs now",
        tag=_TAG,
        status=HTTPStatus.OK,
        body=wire.RollBack,
        refusals=WRITE,
    ),
)
