"""A service by its id, with what happened to it: for people who look into things."""

from typing import Any, cast

from litestar import Request
from litestar.params import FromPath

from services.gateway.answer import Answer, answered
from services.gateway.call import Call, call_of
from services.gateway.operation import operation
from services.gateway.parameters import read_query
from services.gateway.refusals import BadFields, CommandRejected, Refused
from services.gateway.surfaces.ops.history import History, HistoryQuery, history_of
from services.gateway.surfaces.ops.paging import checked, pagination
from services.gateway.surfaces.ops.resources.services import translate, wire
from services.gateway.surfaces.ops.statuses import READ
from services.gateway.surfaces.ops.wire import PageQuery
from shared.domain.rejections import NotFound
from shared.queries.services import (
    DeploymentPage,
    GetService,
    GetServiceById,
    ListAllServices,
    ListDeployments,
    ListReplicas,
    ReplicaList,
    ServiceDocument,
    ServicePage,
    Status,
)

AnyRequest = Request[Any, Any, Any]


async def list_services(request: AnyRequest) -> Answer[wire.ServiceList]:
    call = call_of(request)
    _ = call.signed_in
    query = read_query(call.parameters(), wire.ServiceQuery)
    checked(query)
    if query.status is not None and query.status not in wire.STATUSES:
        message = "must be one of " + ", ".join(wire.STATUSES)
        raise Refused(BadFields(problems=(("status", message),)))
    if query.name is not None:
        return answered(await _named(call, query, query.name))
    question = ListAllServices(
        project=query.project,
        status=cast("Status | None", query.status),
        page=query.page,
        per_page=query.per_page,
    )
    page = await call.ask(question, ServicePage)
    return answered(
        wire.ServiceList(
            data=[translate.from_service(item) for item in page.items],
            pagination=pagination(query, page.total),
        )
    )


async def _named(call: Call, query: wire.ServiceQuery, name: str) -> wire.ServiceList:
    """A name tells services apart in one project only, and only those that are deployed by it."""
    if query.project is None:
        raise Refused(BadFields(problems=(("name", "needs a project"),)))
    items: list[wire.Service] = []
    try:
        question = GetService(project=query.project, name=name)
        document = await call.ask(question, ServiceDocument)
        if query.page == 1 and query.status in (None, document.status):
            items.append(translate.from_service(document))
    except CommandRejected as rejected:
        rejection = rejected.rejection
        if not isinstance(rejection, NotFound) or rejection.kind != "service":
            raise
    return wire.ServiceList(data=items, pagination=pagination(query, len(items)))


async def get_service_by_id(service: FromPath[str], request: AnyRequest) -> Answer[wire.Service]:
    call = call_of(request)
    document = await call.ask(GetServiceById(service_id=service), ServiceDocument)
    return answered(translate.from_service(document))


async def get_service_history(service: FromPath[str], request: AnyRequest) -> Answer[History]:
    call = call_of(request)
    _ = call.signed_in
    return answered(await history_of(call, "service", service))


async def list_deployments(
    service: FromPath[str], request: AnyRequest
) -> Answer[wire.DeploymentList]:
    call = call_of(request)
    _ = call.signed_in
    query = read_query(call.parameters(), PageQuery)
    checked(query)
    question = ListDeployments(service_id=service, page=query.page, per_page=query.per_page)
    page = await call.ask(question, DeploymentPage)
    return answered(
        wire.DeploymentList(
            data=[translate.from_deployment(item) for item in page.items],
            pagination=pagination(query, page.total),
        )
    )


async def list_replicas(service: FromPath[str], request: AnyRequest) -> Answer[wire.ReplicaList]:
    call = call_of(request)
    _ = call.signed_in
    query = read_query(call.parameters(), wire.ReplicaQuery)
    question = ListReplicas(service_id=service, include_stopped=query.include_stopped)
    replicas = await call.ask(question, ReplicaList)
    return answered(
        wire.ReplicaList(data=[translate.from_replica(item) for item in replicas.items])
    )


_TAG = "services"
_ONE = "/ops/v1/services/{service:str}"

HANDLERS = (
    *operation(
        "GET",
        "/ops/v1/services",
        list_services,
        summary="List services of every kind, newest first",
        tag=_TAG,
        query=wire.ServiceQuery,
        refusals=READ,
    ),
    *operation("GET", _ONE, get_service_by_id, summary="Get a service", tag=_TAG, refusals=READ),
    *operation(
        "GET",
        f"{_ONE}/history",
        get_service_history,
        summary="What happened to a service; also of removed ones",
        tag=_TAG,
        query=HistoryQuery,
        refusals=READ,
    ),
    *operation(
        "GET",
        f"{_ONE}/deployments",
        list_deployments,
        summary="List deployments, newest first",
        tag=_TAG,
        query=PageQuery,
        refusals=READ,
    ),
    *operation(
        "GET",
        f"{_ONE}/replicas",
        list_replicas,
        summary="List replicas",
        tag=_TAG,
        query=wire.ReplicaQuery,
        refusals=READ,
    ),
)
