"""Facets of a service that exists already: what it has, and one more (DESIGN 4.2)."""

from typing import Any

from litestar import Request
from litestar.params import FromPath

from services.gateway.answer import Answer, answered
from services.gateway.call import Call, call_of
from services.gateway.deploying import check_may_deploy
from services.gateway.operation import operation
from services.gateway.parameters import read_body, read_json
from services.gateway.surfaces.ops.resources.facets import translate, wire
from services.gateway.surfaces.ops.resources.facets.translate import Target
from services.gateway.surfaces.ops.statuses import READ, WRITE
from shared.envelope.messages import Accepted
from shared.queries.services import FacetsDocument, GetFacets

AnyRequest = Request[Any, Any, Any]


async def get_facets(service: FromPath[str], request: AnyRequest) -> Answer[wire.Facets]:
    call = call_of(request)
    document = await call.ask(GetFacets(service_id=service), FacetsDocument)
    return answered(translate.from_document(document))


async def put_workload(service: FromPath[str], request: AnyRequest) -> Answer[wire.Facets]:
    call = call_of(request)
    _ = call.signed_in
    await check_may_deploy(call)
    body = read_body(_json(call), wire.Workload)
    target = await _target(call, service)
    command = translate.to_attach(body, target, deployment_id=call.parts.ids.new())
    return await _written(call, await call.command(command))


async def put_registration(service: FromPath[str], request: AnyRequest) -> Answer[wire.Facets]:
    call = call_of(request)
    _ = call.signed_in
    body = read_body(_json(call), wire.Registration)
    target = await _target(call, service)
    return await _written(call, await call.command(translate.to_registration(body, target)))


async def put_conversation(service: FromPath[str], request: AnyRequest) -> Answer[wire.Facets]:
    call = call_of(request)
    _ = call.signed_in
    body = read_body(_json(call), wire.Conversation)
    target = await _target(call, service)
    return await _written(call, await call.command(translate.to_conversation(body, target)))


async def put_participation(service: FromPath[str], request: AnyRequest) -> Answer[wire.Facets]:
    call = call_of(request)
    _ = call.signed_in
    body = read_body(_json(call), wire.Participation)
    target = await _target(call, service)
    return await _written(call, await call.command(translate.to_participation(body, target)))


def _json(call: Call) -> Any:
    call.fingerprinted = read_json(call.body)
    return call.fingerprinted


async def _target(call: Call, service_id: str) -> Target:
    document = await call.find(GetFacets(service_id=service_id), FacetsDocument)
    return Target(service_id=document.service_id, project_id=document.project_id)


async def _written(call: Call, accepted: Accepted) -> Answer[wire.Facets]:
    question = GetFacets(service_id=accepted.subject_id)
    document = await call.ask(question, FacetsDocument, after=accepted.position)
    return answered(translate.from_document(document))


_TAG = "services"
_MANY = "/ops/v1/services/{service:str}/facets"
_ATTACH = "Attach a facet to a service, or revise what it has of it"

HANDLERS = (
    *operation(
        "GET", _MANY, get_facets, summary="What a service is made of", tag=_TAG, refusals=READ
    ),
    *operation(
        "PUT",
        f"{_MANY}/workload",
        put_workload,
        summary="Give a service something to run; it keeps its address",
        tag=_TAG,
        body=wire.Workload,
        refusals=(*WRITE, 422),
    ),
    *operation(
        "PUT",
        f"{_MANY}/registration",
        put_registration,
        summary=_ATTACH,
        tag=_TAG,
        body=wire.Registration,
        refusals=WRITE,
    ),
    *operation(
        "PUT",
        f"{_MANY}/conversation",
        put_conversation,
        summary=_ATTACH,
        tag=_TAG,
        body=wire.Conversation,
        refusals=(*WRITE, 422),
    ),
    *operation(
        "PUT",
        f"{_MANY}/participation",
        put_participation,
        summary=_ATTACH,
        tag=_TAG,
        body=wire.Participation,
        refusals=WRITE,
    ),
)
