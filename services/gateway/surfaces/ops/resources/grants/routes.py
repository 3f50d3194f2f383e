"""Grants: (principal, action, resource), given and revoked."""

from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.params import FromPath

from services.gateway.answer import Answer, answered, nothing
from services.gateway.call import call_of
from services.gateway.operation import operation
from services.gateway.parameters import read_body, read_json, read_query
from services.gateway.surfaces.ops.find import named_principal, settle
from services.gateway.surfaces.ops.paging import checked, pagination
from services.gateway.surfaces.ops.resources.grants import translate, wire
from services.gateway.surfaces.ops.statuses import READ, WRITE
from shared.domain.grant.commands import RevokeGrant
from shared.queries.identity import GetGrant, GrantDocument, GrantPage, ListGrants

AnyRequest = Request[Any, Any, Any]


async def create_grant(request: AnyRequest) -> Answer[wire.Grant]:
    call = call_of(request)
    _ = call.signed_in
    call.fingerprinted = read_json(call.body)
    body = read_body(call.fingerprinted, wire.CreateGrant)
    accepted = await call.command(
        translate.to_give(
            body,
            grant_id=call.parts.ids.new(),
            principal_id=await named_principal(call, "principal", body.principal),
        )
    )
    question = GetGrant(grant_id=accepted.subject_id)
    document = await call.ask(question, GrantDocument, after=accepted.position)
    return answered(translate.from_document(document), status=201)


async def list_grants(request: AnyRequest) -> Answer[wire.GrantList]:
    call = call_of(request)
    _ = call.signed_in
    query = read_query(call.parameters(), wire.ListQuery)
    checked(query)
    whose = query.principal
    question = ListGrants(
        principal_id=None if whose is None else await named_principal(call, "principal", whose),
        page=query.page,
        per_page=query.per_page,
    )
    page = await call.ask(question, GrantPage)
    return answered(
        wire.GrantList(
            data=[translate.from_document(item) for item in page.items],
            pagination=pagination(query, page.total),
        )
    )


async def get_grant(grant: FromPath[str], request: AnyRequest) -> Answer[wire.Grant]:
    call = call_of(request)
    document = await call.ask(GetGrant(grant_id=grant), GrantDocument)
    return answered(translate.from_document(document))


async def revoke_grant(grant: FromPath[str], request: AnyRequest) -> Response[None]:
    call = call_of(request)
    accepted = await call.command(RevokeGrant(grant_id=grant))
    await settle(call, GetGrant(grant_id=grant), GrantDocument, after=accepted.position)
    return nothing()


_TAG = "grants"
_MANY = "/ops/v1/grants"
_ONE = "/ops/v1/grants/{grant:str}"

HANDLERS = (
    *operation(
        "POST",
        _MANY,
        create_grant,
        summary="Give a grant",
        tag=_TAG,
        status=HTTPStatus.CREATED,
        body=wire.CreateGrant,
        refusals=WRITE,
    ),
    *operation(
        "GET",
        _MANY,
        list_grants,
        summary="List grants",
        tag=_TAG,
        query=wire.ListQuery,
        refusals=READ,
    ),
    *operation("GET", _ONE, get_grant, summary="Get a grant", tag=_TAG, refusals=READ),
    *operation(
        "DELETE",
        _ONE,
        revoke_grant,
        summary="Revoke a grant",
        tag=_TAG,
        status=HTTPStatus.NO_CONTENT,
        refusals=WRITE,
    ),
)
