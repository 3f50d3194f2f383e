"""What ZenML's client asks before it may ask anything: which server this is, and a token.

Two grants: an API key of ours in place of ZenML's own, and a handle with a password. The key's
token is signed and kept nowhere; the password's names a session, which the log knows."""

from typing import Any, Final
from urllib.parse import parse_qsl

from litestar import Request

from services.gateway.answer import Answer, answered
from services.gateway.authenticate import HEADER_LENGTH_MAX
from services.gateway.call import Call, call_of
from services.gateway.operation import operation
from services.gateway.sessions import AUDIENCE as SESSION
from services.gateway.sign_in import open_by_password
from services.gateway.surface import Rendered
from services.gateway.surfaces.zenml.auth import as_published, token_for_key, token_for_session
from services.gateway.surfaces.zenml.errors import Told, named, sentence, telling
from services.gateway.surfaces.zenml.ids import shown
from services.gateway.surfaces.zenml.resources.sign_in import wire

AnyRequest = Request[Any, Any, Any]

PASSWORD: Final = "password"  # noqa: S105 - the name of a grant, as published
FORM: Final = "application/x-www-form-urlencoded"
API_KEY: Final = "zenml-api-key"
# Published too, for devices and other servers; not offered here.
DEVICE: Final = "urn:ietf:params:oauth:grant-type:device_code"
EXTERNAL: Final = "zenml-external"
PASSWORD_LENGTH_MAX = 1024
_FIELDS_MAX = 20


async def get_info(request: AnyRequest) -> Answer[wire.Info]:
    call = call_of(request)
    as_published(call, allow="GET")
    parts = call.parts
    # Of this installation, the same at every start, and nothing that could be turned back.
    id_ = parts.derived.id(seconds=0, actor="", surface="zenml", key="server", purpose="info")
    return answered(wire.Info(id=shown(id_), name="chronoplane"))


@telling
async def login(request: AnyRequest) -> Answer[wire.Token]:
    call = call_of(request)
    as_published(call)
    form = _form(call)
    grant = form.grant_type or _grant_of(form)
    if grant == PASSWORD:
        token, seconds = await _by_password(call, form, request)
    elif grant == API_KEY:
        token, seconds = await _by_key(call, form)
    elif grant in (DEVICE, EXTERNAL):
        raise Told(sentence(400, f"Unsupported grant type: {grant}."))
    else:
        raise Told(sentence(400, f"Unsupported grant type: {grant}"))
    answer = answered(wire.Token(access_token=token, expires_in=seconds))
    answer.headers["cache-control"] = "no-store"
    return answer


def _form(call: Call) -> wire.LoginForm:
    kind = (call.header(b"content-type") or "").partition(";")[0].strip().lower()
    if kind != FORM:
        return wire.LoginForm()
    try:
        pairs = parse_qsl(
            call.body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_FIELDS_MAX
        )
    except ValueError:
        raise Told(sentence(400, "Invalid request: the form cannot be read.")) from None
    return wire.LoginForm.model_validate(dict(pairs))


def _grant_of(form: wire.LoginForm) -> str:
    """As its server guesses: who gives a password alone gives an API key."""
    return API_KEY if form.username is None and form.password else PASSWORD


async def _by_password(call: Call, form: wire.LoginForm, request: AnyRequest) -> tuple[str, int]:
    if not form.username:
        raise Told(sentence(400, "Invalid request: username is required."))
    password = form.password or ""
    opened = None
    if len(password) <= PASSWORD_LENGTH_MAX:
        address = request.client.host if request.client else "unknown"
        opened = await open_by_password(call, form.username, password, address)
    claims = None if opened is None else call.parts.tokens.read(SESSION, opened.token)
    if opened is None or claims is None:
        raise Told(_invalid("invalid username or password"))
    return token_for_session(call, claims.principal_id, opened)


async def _by_key(call: Call, form: wire.LoginForm) -> tuple[str, int]:
    if not form.password:
        raise Told(sentence(400, "API key is required."))
    caller = None
    if len(form.password) <= HEADER_LENGTH_MAX:
        caller = await call.parts.authenticator.caller_of(f"Bearer {form.password}")
    if caller is None:
        raise Told(_invalid("error decoding API key"))
    return token_for_key(call, caller)


def _invalid(why: str) -> Rendered:
    return named(401, "CredentialsNotValid", f"Authentication error: {why}")


HANDLERS = (
    *operation(
        "GET",
        "/api/v1/info",
        get_info,
        summary="Which server this is",
        tag="start",
        is_public=True,
        refusals=(400, 404, 429, 500),
    ),
    *operation(
        "POST",
        "/api/v1/login",
        login,
        summary="Get an access token",
        tag="start",
        body=wire.LoginForm,
        body_type=FORM,
        is_public=True,
        refusals=(400, 401, 404, 413, 422, 429, 500, 503),
    ),
)
