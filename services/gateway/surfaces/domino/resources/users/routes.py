"""Users: the caller, and those whom he may see. Nobody is made or changed here."""

from typing import Any

from litestar import Request
from litestar.params import FromPath

from services.gateway.call import call_of
from services.gateway.operation import operation
from services.gateway.surfaces.domino.auth import id_of
from services.gateway.surfaces.domino.envelope import (
    Enveloped,
    enveloped,
    metadata,
    page_metadata,
)
from services.gateway.surfaces.domino.reading import page_of, query_of
from services.gateway.surfaces.domino.resources.users import translate, wire
from services.gateway.surfaces.domino.statuses import READ
from services.gateway.surfaces.domino.wire import PageQuery
from shared.queries.domino import GitCredentialList, ListGitCredentials
from shared.queries.identity import GetPrincipal, ListPeople, PrincipalDocument, PrincipalPage

AnyRequest = Request[Any, Any, Any]


async def get_current_user(request: AnyRequest) -> Enveloped[wire.UserEnvelope]:
    call = call_of(request)
    question = GetPrincipal(key=call.signed_in.principal_id)
    user = translate.from_principal(await call.ask(question, PrincipalDocument))
    return enveloped(call, wire.UserEnvelope(user=user, metadata=metadata(call)))


async def get_visible_users(request: AnyRequest) -> Enveloped[wire.UserPage]:
    call = call_of(request)
    query = query_of(call, PageQuery)
    question = ListPeople(offset=query.offset, limit=query.limit)
    people, total = await page_of(call, question, PrincipalPage)
    users = [translate.from_principal(person) for person in people]
    return enveloped(call, wire.UserPage(users=users, metadata=page_metadata(call, query, total)))


async def get_git_credentials(
    userId: FromPath[str], request: AnyRequest
) -> Enveloped[wire.GitCredentials]:
    call = call_of(request)
    question = ListGitCredentials(principal_id=id_of(call, "user", userId))
    found = await call.ask(question, GitCredentialList)
    credentials = [translate.from_credential(each) for each in found.items]
    return enveloped(call, wire.GitCredentials(credentials=credentials, metadata=metadata(call)))


_TAG = "Users"

HANDLERS = (
    *operation(
        "GET",
        "/api/users/v1/self",
        get_current_user,
        summary="Get the current user",
        tag=_TAG,
        refusals=READ,
        operation_id="getCurrentUser",
    ),
    *operation(
        "GET",
        "/api/users/v1/users",
        get_visible_users,
        summary="Get the users visible to the current one",
        tag=_TAG,
        query=PageQuery,
        refusals=READ,
        operation_id="getVisibleUsers",
    ),
    *operation(
        "GET",
        "/api/users/beta/credentials/{userId:str}",
        get_git_credentials,
        summary="Get a user's git credentials: his own, or any for the installation's admin",
        tag=_TAG,
        refusals=READ,
        operation_id="getUserGitCreds",
    ),
)
