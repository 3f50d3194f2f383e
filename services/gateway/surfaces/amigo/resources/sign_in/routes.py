"""An API key becomes a token of this surface: short-lived, and dead the moment the key is."""

from datetime import timedelta
from typing import Any

from litestar import Request
from litestar.params import FromPath

from services.gateway.answer import Answer, answered
from services.gateway.call import Call, call_of
from services.gateway.operation import operation
from services.gateway.refusals import BadFields, NotAuthenticated, Refused
from services.gateway.surfaces.amigo.auth import AUDIENCE
from services.gateway.surfaces.amigo.organizations import organization_in_path
from services.gateway.surfaces.amigo.resources.sign_in import wire
from shared.access.digest import presented_bearer
from shared.kernel.time import format_rfc3339
from shared.queries.identity import CallerDocument

AnyRequest = Request[Any, Any, Any]

# Its SDK renews with five minutes left, so a short life would be a sign-in per request.
LIFE = timedelta(hours=2)
_HEADERS = ("x-api-key", "x-api-key-id", "x-user-id")


async def sign_in_with_api_key(
    organization: FromPath[str], request: AnyRequest
) -> Answer[wire.SignedIn]:
    call = call_of(request)
    given = {name: call.header(name.encode()) for name in _HEADERS}
    if missing := [name for name, value in given.items() if not value]:
        raise Refused(
            BadFields(problems=tuple((f"header.{name}", "is required") for name in missing))
        )
    key, key_id, user_id = (given[name] or "" for name in _HEADERS)
    caller = await _caller(call, key, key_id, user_id)
    call.caller = caller
    await organization_in_path(call, organization)
    token, expires_at = call.parts.tokens.issue(
        AUDIENCE,
        principal_id=caller.principal_id,
        key_id=caller.key_id,
        scope=organization,
        token_id=call.parts.ids.new(),
        life=LIFE,
        ends_with=caller.key_expires_at,
    )
    return answered(wire.SignedIn(id_token=token, expires_at=format_rfc3339(expires_at)))


async def _caller(call: Call, key: str, key_id: str, user_id: str) -> CallerDocument:
    """All three must fit together; which of them does not is nobody's business."""
    presented = presented_bearer(key)
    caller = await call.parts.authenticator.caller_showing(presented)
    if (
        caller is None
        or caller.key_id != key_id
        or presented.key_id not in (None, key_id)
        or user_id not in (caller.principal_id, caller.handle)
    ):
        raise Refused(NotAuthenticated())
    return caller


HANDLERS = operation(
    "POST",
    "/v1/{organization:str}/user/signin_with_api_key",
    sign_in_with_api_key,
    summary="Sign in with an API key",
    tag="User",
    headers=_HEADERS,
    is_public=True,
    refusals=(401, 404, 422, 429, 500, 503),
    operation_id="sign-in-with-api-key",
)
