"""A page: its template, filled in and sent with the headers that keep foreign text from running.

Jinja escapes everything; the policy below would stop what slipped through (THREATS row 43)."""

from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from markupsafe import Markup

from services.gateway.call import Call, call_of
from services.gateway.console.static import asset_url
from services.gateway.console.visit import Visit, begun
from services.gateway.console.words import (
    is_person,
    tone_of,
)
from services.gateway.refusals import BadRequest, NotAllowed, Refused
from services.gateway.sessions import require_own_origin
from shared.kernel.visible import look_of, pointer_words, value_text, visible, who

AnyRequest = Request[Any, Any, Any]

HTML = "text/html"  # the charset is added where it is sent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
}
SIGN_IN = "/console/sign-in"
FORM = "application/x-www-form-urlencoded"
FIELDS_MAX = 50

Show = Callable[[Visit], Awaitable[Response[bytes]]]


@cache
def environment() -> Environment:
    """Read at the first page; templates do not change while a gateway runs."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(value=value_text, pointer=pointer_words, look=look_of, tone=tone_of)
    made.tests["by_person"] = is_person
    made.globals.update(who=who, asset=asset_url)
    return made


def _shown(value: Any) -> Any:
    """Whatever a page prints may be anybody's text, so nothing depends on a template's care."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def page(path: str, show: Show) -> HTTPRouteHandler:
    """For who is signed in; everybody else is sent to sign in, and comes back here."""

    async def shown(request: AnyRequest) -> Response[bytes]:
        call = call_of(request)
        if call.caller is None:
            return to_sign_in(call)
        visit = await begun(call, request.path_params)
        if visit.is_typed:
            # `-2h` in a link would mean another moment to whoever opens it next.
            return redirect(visit.again())
        return await show(visit)

    return get(path)(shown)


def form(
    path: str, act: Callable[[Visit, dict[str, str]], Awaitable[Response[bytes]]]
) -> HTTPRouteHandler:
    """A form of a page of ours: same origin, and the token that only this session's pages have."""

    async def acted(request: AnyRequest) -> Response[bytes]:
        call = call_of(request)
        fields = fields_of(call)
        if call.caller is None:
            return to_sign_in(call)
        require_own_origin(call)
        visit = await begun(call, request.path_params)
        if fields.pop("form_token", "") != visit.form_token:
            raise Refused(NotAllowed(message="The form is of another session; load it again."))
        return await act(visit, fields)

    return post(path, status_code=200)(acted)


def fields_of(call: Call) -> dict[str, str]:
    kind = (call.header(b"content-type") or "").partition(";")[0].strip().lower()
    if kind != FORM:
        raise Refused(BadRequest(message="A form was expected."))
    try:
        text = call.body.decode("utf-8")
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS_MAX))
    except ValueError:
        raise Refused(BadRequest(message="The form cannot be read.")) from None


def rendered(visit: Visit, template: str, *, status: int = 200, **context: Any) -> Response[bytes]:
    text = html_of(template, v=visit, t=visit.times, **context)
    visit.call.answer_headers.append((b"log-position", b"%d" % visit.position))
    return Response(text, status_code=status, media_type=HTML, headers=HEADERS)


def html_of(template: str, **context: Any) -> bytes:
    return environment().get_template(template).render(**context).encode()


def redirect(path: str) -> Response[bytes]:
    return Response(b"", status_code=303, headers={**HEADERS, "location": path})


def to_sign_in(call: Call) -> Response[bytes]:
    wanted = call.path + (f"?{call.query_string}" if call.query_string else "")
    if call.method not in ("GET", "HEAD"):
        return redirect(SIGN_IN)
    return redirect(f"{SIGN_IN}?{urlencode({'next': wanted})}")
