"""The five operations of seed 001: read, ask or command, answer.

An update and both writes of a version set are decided in one command each, so that no look-up
before them can be outrun; only the organization is looked up."""

from http import HTTPStatus
from types import NoneType
from typing import Any

from litestar import Request, Response
from litestar.params import FromPath

from services.gateway.answer import Answer, answered, nothing
from services.gateway.call import Call, call_of
from services.gateway.operation import operation
from services.gateway.parameters import read_json
from services.gateway.refusals import CommandRejected
from services.gateway.surfaces.amigo.linking import drop_loose_links
from services.gateway.surfaces.amigo.organizations import organization_in_path, settle
from services.gateway.surfaces.amigo.reading import (
    id_in_path,
    name_in_path,
    read_body,
    read_query,
)
from services.gateway.surfaces.amigo.resources.services import translate, wire
from shared.domain.rejections import Conflicting
from shared.domain.service.commands import DeleteVersionSet
from shared.queries.conversations import (
    ConversationDocument,
    ConversationPage,
    GetConversation,
)

AnyRequest = Request[Any, Any, Any]


async def get_services(
    organization: FromPath[str], request: AnyRequest
) -> Answer[wire.ServiceList]:
    call = call_of(request)
    _ = call.signed_in
    query = read_query(call.repeatable(), wire.ListQuery)
    question = translate.to_list(query, organization)
    page = await call.ask(question, ConversationPage)
    return answered(translate.to_service_list(page, question))


async def create_service(organization: FromPath[str], request: AnyRequest) -> Answer[wire.Created]:
    call = call_of(request)
    _ = call.signed_in
    call.fingerprinted = read_json(call.body)
    body = read_body(call.fingerprinted, wire.CreateService)
    home = await organization_in_path(call, organization)
    accepted = await call.command(
        translate.to_register(
            body,
            service_id=call.parts.ids.new(),
            project_id=home.project_id,
            deployment_id=call.parts.ids.new(),
        )
    )
    await _shown(call, organization, accepted.subject_id, accepted.position)
    return answered(wire.Created(id=accepted.subject_id), status=201)


async def update_service(
    organization: FromPath[str], service_id: FromPath[str], request: AnyRequest
) -> Response[bytes]:
    call = call_of(request)
    _ = call.signed_in
    id_in_path("service_id", service_id)
    call.fingerprinted = read_json(call.body)
    body = read_body(call.fingerprinted, wire.UpdateService)
    home = await organization_in_path(call, organization)
    accepted = await call.command(
        translate.to_revise(body, service_id=service_id, project_id=home.project_id)
    )
    await _shown(call, organization, service_id, accepted.position)
    # As FastAPI answers for a function that returns nothing.
    return Response(b"null", status_code=200, media_type="application/json")


async def upsert_service_version_set(
    organization: FromPath[str],
    service_id: FromPath[str],
    version_set_name: FromPath[str],
    request: AnyRequest,
) -> Response[None]:
    call = call_of(request)
    _ = call.signed_in
    id_in_path("service_id", service_id)
    name = name_in_path(version_set_name)
    call.fingerprinted = read_json(call.body)
    body = read_body(call.fingerprinted, wire.UpsertVersionSet)
    home = await organization_in_path(call, organization)
    accepted = await call.command(
        translate.to_put(body, service_id=service_id, project_id=home.project_id, name=name)
    )
    await _shown(call, organization, service_id, accepted.position)
    return nothing()


async def delete_service_version_set(
    organization: FromPath[str],
    service_id: FromPath[str],
    version_set_name: FromPath[str],
    request: AnyRequest,
) -> Response[None]:
    call = call_of(request)
    _ = call.signed_in
    id_in_path("service_id", service_id)
    home = await organization_in_path(call, organization)
    command = DeleteVersionSet(
        service_id=service_id, project_id=home.project_id, version_set_name=version_set_name
    )
    try:
        accepted = await call.command(command)
    except CommandRejected as rejected:
        used = rejected.rejection
        if not isinstance(used, Conflicting) or used.state != "used":
            raise
        if not await drop_loose_links(call, organization, command):
            raise
        accepted = await call.command(command, step="again")
    await _shown(call, organization, service_id, accepted.position)
    return nothing()


async def _shown(call: Call, organization: str, service_id: str, position: int) -> None:
    question = GetConversation(organization=organization, service_id=service_id)
    await settle(call, question, ConversationDocument, after=position)


_TAG = "Service"
_MANY = "/v1/{organization:str}/service"
_ONE = "/v1/{organization:str}/service/{service_id:str}"
_VERSION_SET = f"{_ONE}/version_sets/{{version_set_name:str}}"
_READ = (401, 403, 404, 422, 429, 500, 503)
_WRITE = (400, 401, 403, 404, 409, 413, 422, 429, 500, 503)

HANDLERS = (
    *operation(
        "GET",
        _MANY,
        get_services,
        summary="Get services",
        tag=_TAG,
        query=wire.ListQuery,
        refusals=_READ,
        operation_id="get-services",
    ),
    *operation(
        "POST",
        _MANY,
        create_service,
        summary="Create a new service",
        tag=_TAG,
        status=HTTPStatus.CREATED,
        body=wire.CreateService,
        refusals=_WRITE,
        operation_id="create-service",
    ),
    *operation(
        "POST",
        _ONE,
        update_service,
        summary="Update service",
        tag=_TAG,
        body=wire.UpdateService,
        answer=NoneType,
        refusals=_WRITE,
        operation_id="update-service",
    ),
    *operation(
        "PUT",
        _VERSION_SET,
        upsert_service_version_set,
        summary="Upsert service version set",
        tag=_TAG,
        status=HTTPStatus.NO_CONTENT,
        body=wire.UpsertVersionSet,
        refusals=_WRITE,
        operation_id="upsert-service-version-set",
    ),
    *operation(
        "DELETE",
        _VERSION_SET,
        delete_service_version_set,
        summary="Delete service version set",
        tag=_TAG,
        status=HTTPStatus.NO_CONTENT,
        refusals=_WRITE,
        operation_id="delete-service-version-set",
    ),
)
