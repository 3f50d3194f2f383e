"""Sessions of browsers: a signed cookie names a session of the log, which speaks as a key does.

A sign-out, the end of the key it was opened by, or a new password ends it at once, on every
gateway. A cookie comes along by itself, so what it may change is only asked for by our own pages
(THREATS row 42): other sites, and tenants' services on sibling hosts, are refused."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from services.gateway.call import Call
from services.gateway.dispatch import Sender
from services.gateway.refusals import NotAllowed, Refused
from services.gateway.surface import by_authorization
from services.gateway.tokens import Claims
from shared.domain.principal.commands import CloseSession, OpenSessionByKey
from shared.kernel.actor import Actor
from shared.queries.identity import CallerDocument

COOKIE: Final = "__session"
AUDIENCE: Final = "session"
LIFE: Final = timedelta(hours=12)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """`token` is what the cookie carries."""

    session_id: str
    token: str
    expires_at: datetime


async def by_authorization_or_session(call: Call) -> CallerDocument | None:
    """For APIs that a browser calls too. A form cannot send JSON to another site unasked."""
    if b"authorization" in call.headers:
        return await by_authorization(call)
    caller = await by_session(call)
    if caller is not None and call.method not in SAFE_METHODS:
        kind = (call.header(b"content-type") or "").partition(";")[0].strip().lower()
        if call.body and kind != "application/json":
            raise Refused(NotAllowed(message="A session's writes must be application/json."))
    return caller


async def by_session(call: Call) -> CallerDocument | None:
    claims = claims_of(call)
    if claims is None:
        return None
    caller = await call.parts.authenticator.caller_of_key(claims.key_id)
    if caller is None or caller.principal_id != claims.principal_id:
        return None
    if call.method not in SAFE_METHODS:
        require_own_origin(call)
    return caller


def claims_of(call: Call) -> Claims | None:
    token = cookie_in(call.header(b"cookie") or "")
    return None if token is None else call.parts.tokens.read(AUDIENCE, token)


def cookie_in(header: str) -> str | None:
    """The session's, where there is exactly one: with two, somebody else has set the other."""
    pairs = [pair.strip().partition("=") for pair in header.split(";")]
    values = [value.strip() for name, _, value in pairs if name.strip() == COOKIE]
    return values[0] if len(values) == 1 and values[0] else None


def require_own_origin(call: Call) -> None:
    """Browsers say where a request comes from and cannot be made to lie about it."""
    site = call.header(b"sec-fetch-site")
    if site is not None:
        own = site == "same-origin"
    else:
        origin = urlsplit(call.header(b"origin") or "")
        own = origin.scheme in ("http", "https") and origin.netloc == call.header(b"host")
    if not own:
        raise Refused(NotAllowed(message="A session's writes must come from this site's pages."))


async def open_by_key(call: Call, token: str) -> Opened | None:
    """None where the token opens nothing. The session gets an id of its own, so that a cookie from
    before the sign-in is worth nothing after it."""
    caller = await call.parts.authenticator.caller_of(f"Bearer {token}")
    if caller is None:
        return None
    session_id, ends = call.parts.ids.new(), call.parts.clock.now() + LIFE
    if caller.key_expires_at is not None:
        ends = min(ends, caller.key_expires_at)
    command = OpenSessionByKey(
        principal_id=caller.principal_id,
        session_id=session_id,
        key_id=caller.key_id,
        expires_at=ends,
    )
    await call.parts.dispatch.command(command, sender_of(call, caller))
    call.parts.authenticator.forget()
    return opened(call, principal_id=caller.principal_id, session_id=session_id, ends=ends)


def opened(call: Call, *, principal_id: str, session_id: str, ends: datetime) -> Opened:
    token, expires_at = call.parts.tokens.issue(
        AUDIENCE,
        principal_id=principal_id,
        key_id=session_id,
        scope="",
        token_id=session_id,
        life=LIFE,
        ends_with=ends,
    )
    return Opened(session_id=session_id, token=token, expires_at=expires_at)


async def close(call: Call) -> None:
    """Of the session that the cookie names; where it is over already there is nothing to do."""
    claims, caller = claims_of(call), call.caller
    if claims is None or caller is None or caller.key_id != claims.key_id:
        return
    command = CloseSession(principal_id=caller.principal_id, session_id=claims.key_id)
    await call.parts.dispatch.command(command, sender_of(call, caller))
    call.parts.authenticator.forget()


def sender_of(call: Call, caller: CallerDocument) -> Sender:
    kind = "service_account" if caller.kind == "organization" else caller.kind
    return Sender(
        actor=Actor(kind=kind, id=caller.principal_id, credential_id=caller.key_id),
        surface=call.surface.name,
        correlation_id=call.request_id,
        reason=call.reason,
    )


def cookie_header(session: Opened, *, now: datetime, is_https: bool) -> bytes:
    """Host-only (no Domain): tenants' services on sibling hosts never see it."""
    seconds = max(0, int((session.expires_at - now).total_seconds()))
    return _cookie(session.token, seconds, is_https=is_https)


def no_cookie_header(*, is_https: bool) -> bytes:
    return _cookie("", 0, is_https=is_https)


def _cookie(value: str, seconds: int, *, is_https: bool) -> bytes:
    secure = "; Secure" if is_https else ""
    text = f"{COOKIE}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
    return text.encode("ascii")
