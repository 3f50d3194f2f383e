"""Signing in, by an API token or by handle and password, and out again."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler

from services.gateway.call import Call, call_of
from services.gateway.console.page import (
    HEADERS,
    HTML,
    fields_of,
    form,
    html_of,
    redirect,
)
from services.gateway.console.visit import Visit
from services.gateway.refusals import RateLimited, Refused
from services.gateway.sessions import (
    Opened,
    close,
    cookie_header,
    no_cookie_header,
    open_by_key,
    require_own_origin,
)
from services.gateway.sign_in import open_by_password

AnyRequest = Request[Any, Any, Any]

START = "/console/projects"
SECRET_LENGTH_MAX = 1024


async def sign_in_page(request: AnyRequest) -> Response[bytes]:
    call = call_of(request)
    wanted = _inside(dict(call.parameters()).get("next", ""))
    if call.caller is not None:
        return redirect(wanted)
    return _page(wanted)


async def sign_in(request: AnyRequest) -> Response[bytes]:
    call = call_of(request)
    # Nobody may be signed in as somebody else by another site's form.
    require_own_origin(call)
    fields = fields_of(call)
    wanted = _inside(fields.get("next", ""))
    try:
        session = await _opened(call, fields, _address(request))
    except Refused as refused:
        if not isinstance(refused.refusal, RateLimited):
            raise
        seconds = refused.refusal.retry_after_seconds
        return _page(wanted, problem=f"Too many tries. Try again in {seconds} s.", status=429)
    if session is None:
        return _page(wanted, problem="This opens nothing. Check it and try again.", status=401)
    header = cookie_header(
        session, now=call.parts.clock.now(), is_https=request.url.scheme == "https"
    )
    call.answer_headers.append((b"set-cookie", header))
    return redirect(wanted)


async def sign_out(visit: Visit, fields: dict[str, str]) -> Response[bytes]:
    call = visit.call
    await close(call)
    is_https = (call.header(b"origin") or "").startswith("https:")
    call.answer_headers.append((b"set-cookie", no_cookie_header(is_https=is_https)))
    return redirect("/console/sign-in")


async def _opened(call: Call, fields: dict[str, str], address: str) -> Opened | None:
    token = fields.get("token", "").strip()
    handle, password = fields.get("handle", "").strip(), fields.get("password", "")
    if max(len(token), len(handle), len(password)) > SECRET_LENGTH_MAX:
        return None
    if token:
        return await open_by_key(call, token)
    if handle and password:
        return await open_by_password(call, handle, password, address)
    return None


def _page(wanted: str, *, problem: str = "", status: int = 200) -> Response[bytes]:
    text = html_of("sign_in.html", wanted=wanted, problem=problem)
    return Response(text, status_code=status, media_type=HTML, headers=HEADERS)


def _inside(wanted: str) -> str:
    """Only a page of the console: anything else would send people to where the link says."""
    parts = urlsplit(wanted)
    is_ours = not parts.scheme and not parts.netloc and parts.path.startswith("/console/")
    return wanted if is_ours and "\\" not in wanted and wanted.isprintable() else START


def _address(request: AnyRequest) -> str:
    return request.client.host if request.client else "unknown"


HANDLERS: tuple[HTTPRouteHandler, ...] = (
    get("/console/sign-in")(sign_in_page),
    post("/console/sign-in", status_code=200)(sign_in),
    form("/console/sign-out", sign_out),
)
