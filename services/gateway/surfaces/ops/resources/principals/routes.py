"""Organizations, users and service accounts: three lists of one kind of thing."""

from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from services.gateway.answer import Answer, answered, nothing
from services.gateway.call import Call, call_of
from services.gateway.operation import operation
from services.gateway.parameters import read_body, read_json, read_query
from services.gateway.refusals import CommandRejected
from services.gateway.surfaces.ops.find import named_principal, principal_id_of, settle
from services.gateway.surfaces.ops.history import History, HistoryQuery, history_of
from services.gateway.surfaces.ops.paging import checked, pagination
from services.gateway.surfaces.ops.resources.principals import translate, wire
from services.gateway.surfaces.ops.statuses import READ, WRITE
from services.gateway.surfaces.ops.wire import PageQuery
from shared.domain.principal.commands import RemoveMember, RemovePrincipal, SetMember
from shared.domain.rejections import NotFound
from shared.kernel.secrets import PlainText
from shared.queries.identity import (
    GetPrincipal,
    Kind,
    ListPrincipals,
    PrincipalDocument,
    PrincipalPage,
)

AnyRequest = Request[Any, Any, Any]
ANYBODY: tuple[Kind, ...] = ("user", "organization", "service_account")


async def create_organization(request: AnyRequest) -> Answer[wire.Principal]:
    call = call_of(request)
    body = _body(call, wire.CreateOrganization)
    owner = body.owner
    accepted = await call.command(
        translate.to_create_organization(
            body,
            principal_id=call.parts.ids.new(),
            home_project_id=call.parts.ids.new(),
            owner_id=(
                call.signed_in.principal_id
                if owner is None
                else await named_principal(call, "owner", owner)
            ),
        )
    )
    return await _written(call, accepted.subject_id, accepted.position, status=201)


async def create_user(request: AnyRequest) -> Answer[wire.Principal]:
    call = call_of(request)
    body = _body(call, wire.CreateUser)
    accepted = await call.command(
        translate.to_create_user(
            body,
            principal_id=call.parts.ids.new(),
            home_project_id=call.parts.ids.new(),
            password=await _hashed(call, body.password),
        )
    )
    return await _written(call, accepted.subject_id, accepted.position, status=201)


async def create_service_account(request: AnyRequest) -> Answer[wire.Principal]:
    call = call_of(request)
    body = _body(call, wire.CreateServiceAccount)
    account = body.account
    accepted = await call.command(
        translate.to_create_service_account(
            body,
            principal_id=call.parts.ids.new(),
            account_id=(
                call.signed_in.principal_id
                if account is None
                else await named_principal(call, "account", account)
            ),
        )
    )
    return await _written(call, accepted.subject_id, accepted.position, status=201)


async def _list(call: Call, kind: Kind) -> Answer[wire.PrincipalList]:
    _ = call.signed_in
    query = read_query(call.parameters(), PageQuery)
    checked(query)
    question = ListPrincipals(kind=kind, page=query.page, per_page=query.per_page)
    page = await call.ask(question, PrincipalPage)
    return answered(
        wire.PrincipalList(
            data=[translate.from_document(item) for item in page.items],
            pagination=pagination(query, page.total),
        )
    )


async def _get(call: Call, kind: Kind, key: str) -> Answer[wire.Principal]:
    document = await call.ask(GetPrincipal(key=key), PrincipalDocument)
    if document.kind != kind:
        raise CommandRejected(NotFound(kind=kind, key=key))
    return answered(translate.from_document(document))


async def _revise(call: Call, kind: Kind, key: str) -> Answer[wire.Principal]:
    model = wire.ReviseUser if kind == "user" else wire.RevisePrincipal
    body = _body(call, model)
    password = body.password if isinstance(body, wire.ReviseUser) else None
    accepted = await call.command(
        translate.to_revise(
            body,
            principal_id=await principal_id_of(call, (kind,), key),
            password=await _hashed(call, password),
        )
    )
    return await _written(call, accepted.subject_id, accepted.position)


async def _remove(call: Call, kind: Kind, key: str) -> Response[None]:
    principal_id = await principal_id_of(call, (kind,), key)
    accepted = await call.command(RemovePrincipal(principal_id=principal_id))
    question = GetPrincipal(key=accepted.subject_id)
    await settle(call, question, PrincipalDocument, after=accepted.position)
    return nothing()


async def set_member(
    organization: FromPath[str], principal: FromPath[str], request: AnyRequest
) -> Answer[wire.Principal]:
    call = call_of(request)
    body = _body(call, wire.SetRole)
    organization_id = await principal_id_of(call, ("organization",), organization)
    member_id = await named_principal(call, "principal", principal)
    accepted = await call.command(
        SetMember(principal_id=organization_id, member_id=member_id, role=body.role)
    )
    return await _written(call, accepted.subject_id, accepted.position)


async def remove_member(
    organization: FromPath[str], principal: FromPath[str], request: AnyRequest
) -> Response[None]:
    call = call_of(request)
    organization_id = await principal_id_of(call, ("organization",), organization)
    member_id = await named_principal(call, "principal", principal)
    accepted = await call.command(RemoveMember(principal_id=organization_id, member_id=member_id))
    question = GetPrincipal(key=organization_id)
    await settle(call, question, PrincipalDocument, after=accepted.position)
    return nothing()


def _body(call: Call, model: type[Any]) -> Any:
    _ = call.signed_in  # 401 comes before everything else.
    call.fingerprinted = read_json(call.body)
    return read_body(call.fingerprinted, model)


async def _hashed(call: Call, password: str | None) -> PlainText | None:
    return None if password is None else await call.parts.hashers.hash(password)


async def _written(
    call: Call, principal_id: str, position: int, *, status: int = 200
) -> Answer[wire.Principal]:
    document = await call.ask(GetPrincipal(key=principal_id), PrincipalDocument, after=position)
    return answered(translate.from_document(document), status=status)


def _common(kind: Kind, word: str) -> tuple[HTTPRouteHandler, ...]:
    """List, get, change, remove and history of one kind."""
    many, one, tag = f"/ops/v1/{word}", f"/ops/v1/{word}/{{key:str}}", word
    stem = kind

    async def list_principals(request: AnyRequest) -> Answer[wire.PrincipalList]:
        return await _list(call_of(request), kind)

    async def get_principal(key: FromPath[str], request: AnyRequest) -> Answer[wire.Principal]:
        return await _get(call_of(request), kind, key)

    async def revise_principal(key: FromPath[str], request: AnyRequest) -> Answer[wire.Principal]:
        return await _revise(call_of(request), kind, key)

    async def remove_principal(key: FromPath[str], request: AnyRequest) -> Response[None]:
        return await _remove(call_of(request), kind, key)

    async def get_history(key: FromPath[str], request: AnyRequest) -> Answer[History]:
        call = call_of(request)
        principal_id = await principal_id_of(call, (kind,), key)
        return answered(await history_of(call, "principal", principal_id))

    body = wire.ReviseUser if kind == "user" else wire.RevisePrincipal
    gone = HTTPStatus.NO_CONTENT
    return (
        *operation(
            "GET", many, list_principals, operation_id=f"list_{stem}s", summary=f"List {word}",
            tag=tag, query=PageQuery, refusals=READ,
        ),
        *operation(
            "GET", one, get_principal, operation_id=f"get_{stem}", summary="Get one", tag=tag,
            refusals=READ,
        ),
        *operation(
            "PATCH", one, revise_principal, operation_id=f"revise_{stem}", summary="Change",
            tag=tag, body=body, refusals=WRITE,
        ),
        *operation(
            "DELETE", one, remove_principal, operation_id=f"remove_{stem}", summary="Remove",
            tag=tag, status=gone, refusals=WRITE,
        ),
        *operation(
            "GET", f"{one}/history", get_history, operation_id=f"get_{stem}_history",
            summary="What happened", tag=tag, query=HistoryQuery, refusals=READ,
        ),
    )  # fmt: skip


_MEMBER = "/ops/v1/organizations/{organization:str}/members/{principal:str}"

HANDLERS = (
    *operation(
        "POST",
        "/ops/v1/organizations",
        create_organization,
        summary="Create an organization",
        tag="organizations",
        status=HTTPStatus.CREATED,
        body=wire.CreateOrganization,
        refusals=WRITE,
    ),
    *operation(
        "POST",
        "/ops/v1/users",
        create_user,
        summary="Create a user",
        tag="users",
        status=HTTPStatus.CREATED,
        body=wire.CreateUser,
        refusals=WRITE,
    ),
    *operation(
        "POST",
        "/ops/v1/service-accounts",
        create_service_account,
        summary="Create a service account",
        tag="service-accounts",
        status=HTTPStatus.CREATED,
        body=wire.CreateServiceAccount,
        refusals=WRITE,
    ),
    *_common("organization", "organizations"),
    *_common("user", "users"),
    *_common("service_account", "service-accounts"),
    *operation(
        "PUT",
        _MEMBER,
        set_member,
        summary="Make a member, or change its role",
        tag="organizations",
        body=wire.SetRole,
        refusals=WRITE,
    ),
    *operation(
        "DELETE",
        _MEMBER,
        remove_member,
        summary="Remove a member",
        tag="organizations",
        status=HTTPStatus.NO_CONTENT,
        refusals=WRITE,
    ),
)
