"""Who calls ZenML's API: a token of its own login, or an API key as it is.

Its client tells the two kinds of 401 apart: without a credential it logs in, with one that is not
valid it gives up (spec 6)."""

from datetime import timedelta
from typing import Final

from services.gateway.call import Call
from services.gateway.refusals import (
    CommandRejected,
    NoSuchMethod,
    NoSuchPath,
    NotAuthenticated,
    Refused,
)
from services.gateway.sessions import Opened
from services.gateway.surface import by_authorization
from shared.domain.rejections import Unauthenticated
from shared.queries.identity import CallerDocument

AUDIENCE: Final = "zenml"
LIFE: Final = timedelta(hours=24)


async def identify(call: Call) -> CallerDocument | None:
    scheme, _, credential = (call.header(b"authorization") or "").partition(" ")
    claims = None
    if scheme.lower() == "bearer":
        claims = call.parts.tokens.read(AUDIENCE, credential.strip())
    if claims is None:
        return await by_authorization(call)
    caller = await call.parts.authenticator.caller_of_key(claims.key_id)
    return caller if caller is not None and caller.principal_id == claims.principal_id else None


def any_end(path: str) -> bool:
    """For the surface: paths with a slash at their end come through to `as_published`."""
    return True


def as_published(call: Call, *, allow: str = "") -> None:
    """Before anything else, as a router would: a path with a slash at its end is another one, of
    which only GET is known, and HEAD (which we take for GET) is no method here. `allow` names the
    methods of a path that answers GET."""
    is_read = call.method in ("GET", "HEAD")
    if call.path.endswith("/"):
        raise Refused(NoSuchPath() if is_read else NoSuchMethod(allow="GET"))
    if call.method == "HEAD" and allow:
        raise Refused(NoSuchMethod(allow=allow))


def sign_in(call: Call, *, allow: str = "") -> CallerDocument:
    """The caller, before anything of the request's content is looked at."""
    as_published(call, allow=allow)
    if call.caller is not None:
        return call.caller
    scheme = (call.header(b"authorization") or "").partition(" ")[0].lower()
    if scheme in ("bearer", "api-key"):
        raise CommandRejected(Unauthenticated())
    raise Refused(NotAuthenticated())


def token_for_key(call: Call, caller: CallerDocument) -> tuple[str, int]:
    """An access token and the seconds it lives. It dies with the key."""
    token, ends = call.parts.tokens.issue(
        AUDIENCE,
        principal_id=caller.principal_id,
        key_id=caller.key_id,
        scope="",
        token_id=call.parts.ids.new(),
        life=LIFE,
        ends_with=caller.key_expires_at,
    )
    return token, int((ends - call.parts.clock.now()).total_seconds())


def token_for_session(call: Call, principal_id: str, session: Opened) -> tuple[str, int]:
    token, ends = call.parts.tokens.issue(
        AUDIENCE,
        principal_id=principal_id,
        key_id=session.session_id,
        scope="",
        token_id=session.session_id,
        life=LIFE,
        ends_with=session.expires_at,
    )
    return token, int((ends - call.parts.clock.now()).total_seconds())
