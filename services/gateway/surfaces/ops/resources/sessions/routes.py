"""Signing in and out: a session for browsers, in the cookie `__session` (gateway/sessions.py).

Signing in asks for no credential and gives one, so another site's page must not be able to do it in
somebody's browser: with a body that a form can send, or from another origin, it is refused."""

from http import HTTPStatus
from typing import Any

from litestar import Request, Response

from services.gateway.answer import Answer, answered, nothing
from services.gateway.call import Call, call_of
from services.gateway.operation import operation
from services.gateway.parameters import read_body, read_json
from services.gateway.refusals import BadFields, NotAllowed, NotAuthenticated, Refused
from services.gateway.sessions import (
    Opened,
    close,
    cookie_header,
    no_cookie_header,
    open_by_key,
    require_own_origin,
)
from services.gateway.sign_in import open_by_password
from services.gateway.surfaces.ops.resources.sessions import translate, wire

AnyRequest = Request[Any, Any, Any]
PASSWORD_LENGTH_MAX = 1024


async def open_session(request: AnyRequest) -> Answer[wire.Session]:
    call = call_of(request)
    _require_own_page(call)
    body = read_body(read_json(call.body), wire.OpenSession)
    session = await _opened(call, body, request.client.host if request.client else "unknown")
    if session is None:
        raise Refused(NotAuthenticated())
    header = cookie_header(
        session, now=call.parts.clock.now(), is_https=request.url.scheme == "https"
    )
    call.answer_headers += [(b"set-cookie", header), (b"cache-control", b"no-store")]
    return answered(translate.from_opened(session), status=201)


async def close_session(request: AnyRequest) -> Response[None]:
    call = call_of(request)
    _ = call.signed_in
    await close(call)
    header = no_cookie_header(is_https=request.url.scheme == "https")
    call.answer_headers.append((b"set-cookie", header))
    return nothing()


def _require_own_page(call: Call) -> None:
    kind = (call.header(b"content-type") or "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(NotAllowed(message="Signing in takes application/json."))
    if b"origin" in call.headers or b"sec-fetch-site" in call.headers:
        require_own_origin(call)


async def _opened(call: Call, body: wire.OpenSession, address: str) -> Opened | None:
    if body.token is not None and body.handle is None and body.password is None:
        return await open_by_key(call, body.token)
    if body.handle is None or body.password is None or body.token is not None:
        problem = ("handle", "and password are needed, or a token alone")
        raise Refused(BadFields(problems=(problem,)))
    if len(body.password) > PASSWORD_LENGTH_MAX:
        raise Refused(BadFields(problems=(("password", "is too long"),)))
    return await open_by_password(call, body.handle, body.password, address)


_TAG = "sessions"

HANDLERS = (
    *operation(
        "POST",
        "/ops/v1/sessions",
        open_session,
        summary="Sign in",
        tag=_TAG,
        status=HTTPStatus.CREATED,
        body=wire.OpenSession,
        is_public=True,
        refusals=(400, 401, 403, 413, 429, 500, 503),
    ),
    *operation(
        "DELETE",
        "/ops/v1/sessions/current",
        close_session,
        summary="Sign out",
        tag=_TAG,
        status=HTTPStatus.NO_CONTENT,
        refusals=(400, 401, 403, 413, 429, 500, 503),
    ),
)
