"""The five operations of ZenML's services page, and the deprecated path of one of them."""

from types import NoneType
from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.params import FromPath

from services.gateway.answer import Answer, answered
from services.gateway.call import Call, call_of
from services.gateway.closing import removed
from services.gateway.operation import operation
from services.gateway.refusals import CommandRejected, NoSuchPath, Refused
from services.gateway.surfaces.zenml.auth import sign_in
from services.gateway.surfaces.zenml.errors import (
    Told,
    named,
    no_service,
    reference_told,
    telling,
)
from services.gateway.surfaces.zenml.filters import Filter, pages_of, selection_of
from services.gateway.surfaces.zenml.ids import meant, named_or_meant, shown
from services.gateway.surfaces.zenml.keys import require_uuid_key, step_of
from services.gateway.surfaces.zenml.resources.services import translate, wire
from services.gateway.surfaces.zenml.resources.services.pages import whole_page
from services.gateway.surfaces.zenml.statuses import READ, WRITE
from services.gateway.surfaces.zenml.validation import Findings
from services.gateway.surfaces.zenml.wire import GetQuery, HydrateQuery, LogicalOperators
from shared.domain.rejections import NotFound, Taken
from shared.domain.service.commands import RemoveService
from shared.envelope.messages import Accepted
from shared.kernel.ids import from_uuid
from shared.queries.registrations import (
    GetRegistration,
    GetScope,
    GetServiceHome,
    ListRegistrations,
    RegistrationDocument,
    ScopeDocument,
    ServiceHome,
)

AnyRequest = Request[Any, Any, Any]

FILTER = Filter(
    model="ServiceFilter",
    table="ServiceSchema",
    columns={
        "id": "id",
        "created": "time",
        "updated": "time",
        "name": "text",
        "type": "text",
        "flavor": "text",
        "pipeline_name": "text",
        "pipeline_step_name": "text",
        "model_version_id": "id",
        "pipeline_run_id": "id",
        "user": "person",
    },
    unsorted=frozenset(
        "sort_by page size logical_operator scope_user project running config".split()
    ),
)


@telling
async def list_services(request: AnyRequest) -> Answer[wire.ServicePage]:
    call = call_of(request)
    sign_in(call, allow="GET, POST")
    pairs = call.repeatable()
    last = dict(pairs)
    findings = Findings()
    query = findings.model("query", last, wire.ServicesQuery)
    question = None if query is None else _question(query, pairs)
    wanted = findings.model("query", last, HydrateQuery)
    query, hydrate = findings.checked(query), findings.checked(wanted).hydrate
    page = await whole_page(call, findings.checked(question))
    pages = pages_of(query.page, query.size, page.total)
    return answered(
        wire.ServicePage(
            index=query.page,
            max_size=query.size,
            total_pages=pages,
            total=page.total,
            items=[_shown(call, item, hydrate=hydrate) for item in page.items],
        )
    )


@telling
async def create_service(request: AnyRequest) -> Answer[wire.Service]:
    call = call_of(request)
    sign_in(call)
    return await _create(call, None)


@telling
async def create_service_in_workspace(
    project_name_or_id: FromPath[str], request: AnyRequest
) -> Answer[wire.Service]:
    call = call_of(request)
    sign_in(call)
    return await _create(call, project_name_or_id)


@telling
async def get_service(service_id: FromPath[str], request: AnyRequest) -> Answer[wire.Service]:
    call = call_of(request)
    sign_in(call, allow="GET, PUT, DELETE")
    findings = Findings()
    uuid = findings.uuid("service_id", service_id)
    query = findings.checked(findings.model("query", dict(call.repeatable()), GetQuery))
    document = await call.ask(GetRegistration(service_id=_ours(uuid)), RegistrationDocument)
    return answered(_shown(call, document, hydrate=query.hydrate))


@telling
async def update_service(service_id: FromPath[str], request: AnyRequest) -> Answer[wire.Service]:
    call = call_of(request)
    sign_in(call)
    findings = Findings()
    uuid = findings.uuid("service_id", service_id)
    body = findings.checked(findings.body(call, wire.ServiceUpdate))
    question = GetRegistration(service_id=_ours(uuid))
    before = await call.find(question, RegistrationDocument)
    command = translate.to_revise(body, service_id=before.id, project_id=before.project_id)
    require_uuid_key(call)
    try:
        # The body is part of the step: only creations are known to ZenML's own deduplication, so
        # the same key with another update is another update.
        accepted = await call.command(command, step=step_of(call, call.body))
    except CommandRejected as rejected:
        raise reference_told(
            rejected, before.project_handle, "service schema being updated"
        ) from rejected
    return answered(await _written(call, accepted))


@telling
async def delete_service(service_id: FromPath[str], request: AnyRequest) -> Response[bytes]:
    call = call_of(request)
    sign_in(call)
    findings = Findings()
    uuid = findings.uuid("service_id", service_id)
    findings.check()
    require_uuid_key(call)
    home = await _home(call, _ours(uuid))
    command = RemoveService(service_id=home.service_id, project_id=home.project_id)

    async def remove() -> Accepted:
        accepted = await call.command(command, step=step_of(call, b""))
        await _gone(call, accepted)
        return accepted

    await removed(call, home.service_id, remove)
    # Never a 204: its client wants JSON (spec 1).
    return Response(b"null", status_code=200, media_type="application/json")


async def no_list_in_workspace(
    project_name_or_id: FromPath[str], request: AnyRequest
) -> Response[bytes]:
    """Published without one: the path is unknown, not the method."""
    raise Refused(NoSuchPath())


# -- shared by several


def _question(query: wire.ServicesQuery, pairs: list[tuple[str, str]]) -> ListRegistrations:
    return ListRegistrations(
        project=named_or_meant(query.project),
        owner_id=None if query.scope_user is None else meant(query.scope_user),
        selection=selection_of(
            FILTER,
            pairs,
            sort_by=query.sort_by,
            any_of=query.logical_operator is LogicalOperators.OR,
            page=query.page,
            size=query.size,
        ),
    )


async def _create(call: Call, project: str | None) -> Answer[wire.Service]:
    findings = Findings()
    body = findings.checked(findings.body(call, wire.ServiceRequest))
    require_uuid_key(call)
    key = meant(body.project) if project is None else named_or_meant(project)
    scope = await call.find(GetScope(project=key), ScopeDocument)
    command = translate.to_register(
        body,
        service_id=call.parts.ids.new(),
        deployment_id=call.parts.ids.new(),
        project_id=scope.id,
    )
    try:
        # A repeated key is answered with the first result, whatever its body (spec 3).
        accepted = await call.command(command, step=step_of(call, b""))
    except CommandRejected as rejected:
        if isinstance(rejected.rejection, Taken) and rejected.rejection.space == "config":
            text = (
                f"Unable to create service '{body.name}' with the given configuration: "
                "A service with the same configuration already exists."
            )
            raise Told(named(409, "EntityExistsError", text)) from rejected
        raise reference_told(rejected, shown(scope.id), "service being created") from rejected
    return answered(await _written(call, accepted))


def _ours(uuid: UUID) -> str:
    id_ = from_uuid(uuid)
    if id_ is None:
        raise Told(no_service(str(uuid)))
    return id_


async def _home(call: Call, service_id: str) -> ServiceHome:
    """Where the service is; of a removed one only where a repeated removal may mean it."""
    try:
        question = GetRegistration(service_id=service_id)
        document = await call.find(question, RegistrationDocument)
    except CommandRejected as rejected:
        if call.idempotency_key is None or not isinstance(rejected.rejection, NotFound):
            raise
        return await call.find(GetServiceHome(service_id=service_id), ServiceHome)
    return ServiceHome(service_id=document.id, project_id=document.project_id)


async def _written(call: Call, accepted: Accepted) -> wire.Service:
    question = GetRegistration(service_id=accepted.subject_id)
    document = await call.ask(question, RegistrationDocument, after=accepted.position)
    return _shown(call, document, hydrate=True)


async def _gone(call: Call, accepted: Accepted) -> None:
    """Waits until no list shows it."""
    try:
        question = GetRegistration(service_id=accepted.subject_id)
        await call.ask(question, RegistrationDocument, after=accepted.position)
    except CommandRejected as rejected:
        if not isinstance(rejected.rejection, NotFound):
            raise


def _shown(call: Call, document: RegistrationDocument, *, hydrate: bool) -> wire.Service:
    settings = call.parts.settings
    return translate.from_registration(
        document, hydrate=hydrate, suffix=settings.service_suffix, port=settings.edge_port
    )


_TAG = "services"
_MANY = "/api/v1/services"
_ONE = "/api/v1/services/{service_id:str}"
_IN_WORKSPACE = "/api/v1/workspaces/{project_name_or_id:str}/services"

HANDLERS = (
    *operation(
        "GET",
        _MANY,
        list_services,
        summary="List services",
        tag=_TAG,
        query=wire.ListQuery,
        refusals=READ,
    ),
    *operation(
        "POST",
        _MANY,
        create_service,
        summary="Create a service",
        tag=_TAG,
        body=wire.ServiceRequest,
        refusals=WRITE,
    ),
    *operation(
        "GET",
        _ONE,
        get_service,
        summary="Get a service",
        tag=_TAG,
        query=GetQuery,
        refusals=READ,
    ),
    *operation(
        "PUT",
        _ONE,
        update_service,
        summary="Update a service",
        tag=_TAG,
        body=wire.ServiceUpdate,
        refusals=WRITE,
    ),
    *operation(
        "DELETE",
        _ONE,
        delete_service,
        summary="Delete a service",
        tag=_TAG,
        answer=NoneType,
        refusals=WRITE,
    ),
    *operation(
        "POST",
        _IN_WORKSPACE,
        create_service_in_workspace,
        summary="Create a service (deprecated path)",
        tag=_TAG,
        body=wire.ServiceRequest,
        refusals=WRITE,
    ),
    get(_IN_WORKSPACE, include_in_schema=False)(no_list_in_workspace),
)
