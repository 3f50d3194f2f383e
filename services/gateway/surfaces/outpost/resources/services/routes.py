"""The eight operations of Outpost's Services page: read, ask or command, answer.

Reads lie at the root and, as the overview has it, under `/auth/v1/`; writes under the seed."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from litestar import Request, Response
from litestar.params import FromPath
from pydantic import BaseModel

from services.gateway.answer import Answer, answered, nothing
from services.gateway.call import Call, call_of
from services.gateway.closing import removed
from services.gateway.deploying import check_may_deploy
from services.gateway.operation import operation
from services.gateway.parameters import read_body, read_json, read_query
from services.gateway.refusals import CommandRejected, Refused
from services.gateway.surfaces.outpost.auth import namespace_of
from services.gateway.surfaces.outpost.resources.services import translate, wire
from shared.domain.rejections import Forbidden, NotFound
from shared.domain.service.commands import RemoveService, RequestRollout
from shared.envelope.messages import Accepted
from shared.queries.services import (
    EnvDocument,
    GetService,
    GetServiceById,
    RevealEnv,
    ServiceDocument,
    ServicePage,
)
from shared.queries.telemetry import AnalyticsDocument, LogLines

AnyRequest = Request[Any, Any, Any]
M = TypeVar("M", bound=BaseModel)
Q = TypeVar("Q")


async def list_services(namespace: FromPath[str], request: AnyRequest) -> Answer[wire.ServiceList]:
    call = call_of(request)
    question = await _question(
        call, namespace, wire.ListQuery, lambda query: translate.to_list(query, namespace)
    )
    page = await call.ask(question, ServicePage)
    settings = call.parts.settings
    return answered(
        translate.to_service_list(
            page, question, suffix=settings.service_suffix, port=settings.edge_port
        )
    )


async def get_service(
    namespace: FromPath[str], name: FromPath[str], request: AnyRequest
) -> Answer[wire.Service]:
    call = call_of(request)
    document = await call.ask(GetService(project=namespace, name=name), ServiceDocument)
    return answered(await _service(call, document))


async def get_service_logs(
    namespace: FromPath[str], name: FromPath[str], request: AnyRequest
) -> Answer[wire.Logs]:
    call = call_of(request)
    question = await _question(
        call, namespace, wire.LogsQuery, lambda query: translate.to_logs(query, namespace, name)
    )
    return answered(translate.to_log_list(await call.ask(question, LogLines)))


async def get_service_analytics(
    namespace: FromPath[str], name: FromPath[str], request: AnyRequest
) -> Answer[wire.Analytics]:
    call = call_of(request)
    question = await _question(
        call,
        namespace,
        wire.AnalyticsQuery,
        lambda query: translate.to_analytics(query, namespace, name),
    )
    return answered(translate.to_analysis(await call.ask(question, AnalyticsDocument)))


async def create_service(namespace: FromPath[str], request: AnyRequest) -> Answer[wire.Service]:
    call = call_of(request)
    project = await namespace_of(call, namespace, may="service.write")
    await check_may_deploy(call)
    call.fingerprinted = read_json(call.body)
    accepted = await call.command(
        translate.to_register(
            read_body(call.fingerprinted, wire.CreateService),
            service_id=call.parts.ids.new(),
            project_id=project.id,
            deployment_id=call.parts.ids.new(),
        )
    )
    return answered(await _written(call, accepted.subject_id, accepted.position), status=201)


async def update_service(
    namespace: FromPath[str], name: FromPath[str], request: AnyRequest
) -> Answer[wire.Service]:
    call = call_of(request)
    project_id = await _project_of(call, namespace, name, may="service.write")
    call.fingerprinted = read_json(call.body)
    body = read_body(call.fingerprinted, wire.UpdateService)
    if translate.brings_code(body):
        await check_may_deploy(call)
    accepted = await call.command(
        translate.to_revise(
            body,
            service_id=await _service_id(call, namespace, name),
            project_id=project_id,
            deployment_id=call.parts.ids.new(),
        )
    )
    return answered(await _written(call, accepted.subject_id, accepted.position))


async def redeploy_service(
    namespace: FromPath[str], name: FromPath[str], request: AnyRequest
) -> Answer[wire.Service]:
    call = call_of(request)
    project_id = await _project_of(call, namespace, name, may="service.write")
    await check_may_deploy(call)
    if call.body:
        call.fingerprinted = read_json(call.body)
        read_body(call.fingerprinted, wire.NoBody)
    accepted = await call.command(
        RequestRollout(
            service_id=await _service_id(call, namespace, name),
            project_id=project_id,
            deployment_id=call.parts.ids.new(),
            trigger="redeploy",
        )
    )
    return answered(await _written(call, accepted.subject_id, accepted.position))


async def delete_service(
    namespace: FromPath[str], name: FromPath[str], request: AnyRequest
) -> Response[None]:
    call = call_of(request)
    project_id = await _project_of(call, namespace, name, may="service.remove")
    query = read_query(call.parameters(), wire.DeleteQuery)
    call.fingerprinted = {"force": query.force}
    service_id = await _service_id(call, namespace, name)

    async def remove() -> Accepted:
        accepted = await call.command(
            RemoveService(service_id=service_id, project_id=project_id, force=query.force)
        )
        await _gone(call, accepted.subject_id, accepted.position)
        return accepted

    # The page promises 503 at once: where it can be, it is true when this is answered.
    await removed(call, service_id, remove)
    return nothing()


# -- shared by several


async def _question(call: Call, namespace: str, model: type[M], to_question: Callable[[M], Q]) -> Q:
    """The question that the parameters ask. Where they are wrong, the namespace is looked at
    first, so that the order of refusals is that of the writes without a question more for who
    asks well."""
    _ = call.signed_in  # 401 comes before everything else.
    try:
        return to_question(read_query(call.parameters(), model))
    except Refused:
        await namespace_of(call, namespace)
        raise


async def _project_of(call: Call, namespace: str, name: str, *, may: str) -> str:
    """The id of the namespace's project, for whoever has the right there or on this service."""
    try:
        return (await namespace_of(call, namespace, may=may)).id
    except CommandRejected as rejected:
        if not isinstance(rejected.rejection, Forbidden):
            raise
        question = GetService(project=namespace, name=name)
        service = await call.find(question, ServiceDocument)
        if may not in service.may:
            raise
        return service.project_id


async def _service_id(call: Call, namespace: str, name: str) -> str:
    """The service of this name. Where there is none and the client gave an idempotency key, an id
    that nothing has: the command process then repeats its first answer, or says not found."""
    try:
        question = GetService(project=namespace, name=name)
        return (await call.find(question, ServiceDocument)).id
    except CommandRejected as rejected:
        if call.idempotency_key is None or not isinstance(rejected.rejection, NotFound):
            raise
        return call.parts.ids.new()


async def _written(call: Call, service_id: str, position: int) -> wire.Service:
    question = GetServiceById(service_id=service_id)
    document = await call.ask(question, ServiceDocument, after=position)
    return await _service(call, document, after=position)


async def _gone(call: Call, service_id: str, position: int) -> None:
    """Waits until the view no longer shows it: the next list of anybody is without it."""
    try:
        question = GetServiceById(service_id=service_id)
        await call.ask(question, ServiceDocument, after=position)
    except CommandRejected as rejected:
        if not isinstance(rejected.rejection, NotFound):
            raise


async def _service(call: Call, document: ServiceDocument, after: int | None = None) -> wire.Service:
    settings = call.parts.settings
    return translate.to_service(
        document,
        await _env(call, document, after),
        suffix=settings.service_suffix,
        port=settings.edge_port,
    )


async def _env(call: Call, document: ServiceDocument, after: int | None) -> dict[str, str | None]:
    """Values for whoever may write them, names for everybody else."""
    if document.workload is None or not document.workload.env:
        return {}
    try:
        env = await call.ask(RevealEnv(service_id=document.id), EnvDocument, after=after)
    except CommandRejected as rejected:
        if not isinstance(rejected.rejection, Forbidden):
            raise
        return translate.masked_env(document)
    return translate.revealed_env(document, env)


_READ = (400, 401, 403, 404, 429, 500, 503)
_WRITE = (400, 401, 403, 404, 409, 413, 429, 500, 503)
_TAG = "Services"
_SEED = "/auth/v1/seed/{namespace:str}"
_ONE = "/{namespace:str}/service/{name:str}"


def _aliases(path: str) -> tuple[str, ...]:
    return (f"/auth/v1{path}", f"/auth/v1/seed{path}")


HANDLERS = (
    *operation(
        "GET",
        "/{namespace:str}/services",
        list_services,
        summary="List services",
        tag=_TAG,
        query=wire.ListQuery,
        refusals=_READ,
        also=_aliases("/{namespace:str}/services"),
    ),
    *operation(
        "GET",
        _ONE,
        get_service,
        summary="Get a service",
        tag=_TAG,
        refusals=_READ,
        also=(*_aliases(_ONE), f"{_SEED}/services/{{name:str}}"),
    ),
    *operation(
        "GET",
        f"{_ONE}/logs",
        get_service_logs,
        summary="Get service logs",
        tag=_TAG,
        query=wire.LogsQuery,
        refusals=_READ,
        also=(*_aliases(f"{_ONE}/logs"), f"{_SEED}/services/{{name:str}}/logs"),
    ),
    *operation(
        "GET",
        f"{_ONE}/analytics",
        get_service_analytics,
        summary="Get service analytics",
        tag=_TAG,
        query=wire.AnalyticsQuery,
        refusals=_READ,
        also=(*_aliases(f"{_ONE}/analytics"), f"{_SEED}/services/{{name:str}}/analytics"),
    ),
    *operation(
        "POST",
        f"{_SEED}/services",
        create_service,
        summary="Create a service",
        tag=_TAG,
        status=HTTPStatus.CREATED,
        body=wire.CreateService,
        refusals=(*_WRITE, 422),
    ),
    *operation(
        "PUT",
        f"{_SEED}/services/{{name:str}}",
        update_service,
        summary="Update a service",
        tag=_TAG,
        body=wire.UpdateService,
        refusals=(*_WRITE, 422),
    ),
    *operation(
        "POST",
        f"{_SEED}/services/{{name:str}}/redeploy",
        redeploy_service,
        summary="Redeploy a service",
        tag=_TAG,
        refusals=_WRITE,
    ),
    *operation(
        "DELETE",
        f"{_SEED}/services/{{name:str}}",
        delete_service,
        summary="Delete a service",
        tag=_TAG,
        status=HTTPStatus.NO_CONTENT,
        query=wire.DeleteQuery,
        refusals=_WRITE,
    ),
)
