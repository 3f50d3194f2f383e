"""A service names an environment: its replicas get the packages and variables of one revision.

Nothing follows from a new revision by itself: naming the environment again takes it, and rolls it
out like any other change of what runs."""

from typing import Any

from litestar import Request
from litestar.params import FromPath

from services.gateway.answer import Answer, answered
from services.gateway.call import Call, call_of
from services.gateway.deploying import check_may_deploy
from services.gateway.operation import operation
from services.gateway.parameters import read_body, read_json
from services.gateway.surfaces.ops.resources.environments import translate, wire
from services.gateway.surfaces.ops.resources.services import translate as services
from services.gateway.surfaces.ops.resources.services import wire as services_wire
from services.gateway.surfaces.ops.statuses import WRITE
from shared.domain.service.workload import EnvironmentPin
from shared.queries.environments import EnvironmentDocument, GetEnvironment
from shared.queries.services import GetServiceById, ServiceDocument

AnyRequest = Request[Any, Any, Any]


async def put_environment(
    service: FromPath[str], request: AnyRequest
) -> Answer[services_wire.Service]:
    call = call_of(request)
    _ = call.signed_in
    call.fingerprinted = read_json(call.body)
    body = read_body(call.fingerprinted, wire.ChosenEnvironment)
    await check_may_deploy(call)
    document = await call.find(GetServiceById(service_id=service), ServiceDocument)
    question = GetEnvironment(environment_id=body.environment, revision_id=body.revision)
    environment = await call.find(question, EnvironmentDocument)
    return await _revised(call, document, translate.pin_of(body, environment))


async def delete_environment(
    service: FromPath[str], request: AnyRequest
) -> Answer[services_wire.Service]:
    call = call_of(request)
    _ = call.signed_in
    await check_may_deploy(call)
    document = await call.find(GetServiceById(service_id=service), ServiceDocument)
    return await _revised(call, document, None)


async def _revised(
    call: Call, service: ServiceDocument, pin: EnvironmentPin | None
) -> Answer[services_wire.Service]:
    command = translate.to_revise(service, pin, deployment_id=call.parts.ids.new())
    accepted = await call.command(command)
    question = GetServiceById(service_id=service.id)
    after = await call.ask(question, ServiceDocument, after=accepted.position)
    return answered(services.from_service(after))


_PATH = "/ops/v1/services/{service:str}/environment"

HANDLERS = (
    *operation(
        "PUT",
        _PATH,
        put_environment,
        summary="Prepare a service's replicas by an environment, and roll that out",
        tag="services",
        body=wire.ChosenEnvironment,
        refusals=WRITE,
    ),
    *operation(
        "DELETE",
        _PATH,
        delete_environment,
        summary="Prepare a service's replicas by no environment, and roll that out",
        tag="services",
        refusals=WRITE,
    ),
)
