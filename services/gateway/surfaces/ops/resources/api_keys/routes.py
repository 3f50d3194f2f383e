"""API keys: made once, shown once, revoked at once."""

import secrets
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
from services.gateway.surfaces.ops.resources.api_keys import translate, wire
from services.gateway.surfaces.ops.statuses import READ, WRITE
from shared.access.digest import digest_of
from shared.domain.api_key.commands import RevokeApiKey
from shared.queries.identity import ApiKeyDocument, ApiKeyPage, GetApiKey, ListApiKeys

AnyRequest = Request[Any, Any, Any]
SECRET_BYTES = 32


async def create_api_key(request: AnyRequest) -> Answer[wire.NewApiKey]:
    call = call_of(request)
    own = call.signed_in.principal_id
    call.fingerprinted = read_json(call.body)
    body = read_body(call.fingerprinted, wire.CreateApiKey)
    # Hexadecimal: no `_`, `$` or `-` that a shell, a URL or our own token form would trip over.
    secret = secrets.token_hex(SECRET_BYTES)
    key_id = call.parts.ids.new()
    accepted = await call.command(
        translate.to_issue(
            body,
            key_id=key_id,
            principal_id=(
                own
                if body.principal is None
                else await named_principal(call, "principal", body.principal)
            ),
            digest=digest_of(secret, call.parts.installation),
            now=call.parts.clock.now(),
        )
    )
    question = GetApiKey(key_id=accepted.subject_id)
    document = await call.ask(question, ApiKeyDocument, after=accepted.position)
    is_ours = accepted.subject_id == key_id and not accepted.replayed
    new = translate.from_new(document, secret if is_ours else None)
    answer = answered(new, status=201)
    answer.headers["cache-control"] = "no-store"
    return answer


async def list_api_keys(request: AnyRequest) -> Answer[wire.ApiKeyList]:
    call = call_of(request)
    _ = call.signed_in
    query = read_query(call.parameters(), wire.ListQuery)
    checked(query)
    whose = query.principal
    question = ListApiKeys(
        principal_id=None if whose is None else await named_principal(call, "principal", whose),
        page=query.page,
        per_page=query.per_page,
    )
    page = await call.ask(question, ApiKeyPage)
    return answered(
        wire.ApiKeyList(
            data=[translate.from_document(item) for item in page.items],
            pagination=pagination(query, page.total),
        )
    )


async def get_api_key(key: FromPath[str], request: AnyRequest) -> Answer[wire.ApiKey]:
    call = call_of(request)
    return answered(translate.from_document(await call.ask(GetApiKey(key_id=key), ApiKeyDocument)))


async def revoke_api_key(key: FromPath[str], request: AnyRequest) -> Response[None]:
    call = call_of(request)
    accepted = await call.command(RevokeApiKey(key_id=key))
    if accepted.subject_id != call.signed_in.key_id:
        # Who has just revoked his own key can ask nothing any more.
        await settle(call, GetApiKey(key_id=key), ApiKeyDocument, after=accepted.position)
    return nothing()


_TAG = "api-keys"
_MANY = "/ops/v1/api-keys"
_ONE = "/ops/v1/api-keys/{key:str}"

HANDLERS = (
    *operation(
        "POST",
        _MANY,
        create_api_key,
        summary="Make an API key",
        tag=_TAG,
        status=HTTPStatus.CREATED,
        body=wire.CreateApiKey,
        refusals=WRITE,
    ),
    *operation(
        "GET",
        _MANY,
        list_api_keys,
        summary="List API keys",
        tag=_TAG,
        query=wire.ListQuery,
        refusals=READ,
    ),
    *operation("GET", _ONE, get_api_key, summary="Get an API key", tag=_TAG, refusals=READ),
    *operation(
        "DELETE",
        _ONE,
        revoke_api_key,
        summary="Revoke an API key",
        tag=_TAG,
        status=HTTPStatus.NO_CONTENT,
        refusals=WRITE,
    ),
)
