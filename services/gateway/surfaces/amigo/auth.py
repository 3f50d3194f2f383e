"""Who calls on this surface: its own tokens, as Bearer or as the password of Basic, besides what
every surface takes.

A token is of the organization that issued it. In another organization's paths `X-ORG-ID` has to
name that one; what the caller may do there is for roles and grants to say."""

import base64
import binascii

from services.gateway.call import Call
from services.gateway.surface import by_authorization
from services.gateway.tokens import Claims
from shared.queries.identity import CallerDocument

AUDIENCE = "amigo"
SEGMENTS_MIN = 3


async def identify(call: Call) -> CallerDocument | None:
    scheme, _, credential = (call.header(b"authorization") or "").strip().partition(" ")
    match scheme.lower():
        case "basic":
            return await _by_basic(call, credential.strip())
        case "bearer":
            claims = call.parts.tokens.read(AUDIENCE, credential.strip())
            if claims is not None:
                issuer = call.header(b"x-org-id") or organization_of(call.path)
                return await _holder(call, claims) if claims.scope == issuer else None
    return await by_authorization(call)


async def _by_basic(call: Call, credential: str) -> CallerDocument | None:
    """`{organization}_{user}` and the token: neither a handle nor an id has an underscore."""
    try:
        text = base64.b64decode(credential, validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    name, _, token = text.partition(":")
    organization, _, user_id = name.rpartition("_")
    claims = call.parts.tokens.read(AUDIENCE, token)
    if claims is None or (claims.scope, claims.principal_id) != (organization, user_id):
        return None
    return await _holder(call, claims)


async def _holder(call: Call, claims: Claims) -> CallerDocument | None:
    """A token lives no longer than the key it was made from."""
    caller = await call.parts.authenticator.caller_of_key(claims.key_id)
    return caller if caller is not None and caller.principal_id == claims.principal_id else None


def organization_of(path: str) -> str:
    """The second segment of every path of this surface."""
    segments = path.split("/")
    return segments[2] if len(segments) >= SEGMENTS_MIN else ""
