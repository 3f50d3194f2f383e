"""Who calls, and what a caller may do with what he names.

`X-Domino-Api-Key: <token>` or `Authorization: Bearer <token>`: any API key of ours. Two that are
not the same are none."""

from typing import Final

from services.gateway.call import Call
from services.gateway.refusals import CommandRejected
from services.gateway.surface import by_authorization
from shared.access.digest import presented_bearer
from shared.domain.rejections import Forbidden, NotFound
from shared.kernel.ids import is_id
from shared.queries.identity import CallerDocument, GetPrincipal, PrincipalDocument

API_KEY: Final = b"x-domino-api-key"
KEY_LENGTH_MAX: Final = 4096


async def identify(call: Call) -> CallerDocument | None:
    key = call.header(API_KEY)
    if key is None:
        return await by_authorization(call)
    if not 1 <= len(key) <= KEY_LENGTH_MAX:
        return None
    caller = await call.parts.authenticator.caller_showing(presented_bearer(key))
    if call.header(b"authorization") is None or caller is None:
        return caller
    other = await by_authorization(call)
    return caller if other is not None and other.key_id == caller.key_id else None


def id_of(call: Call, kind: str, text: str) -> str:
    """An id out of a path or a query. What is no id is none that anybody has."""
    _ = call.signed_in
    if not is_id(text):
        raise CommandRejected(NotFound(kind=kind, key=text))
    return text


def demand(action: str, may: tuple[str, ...], resource: str) -> None:
    """For what a caller sees already: what he may not do there is 403, never 404."""
    if action not in may:
        raise CommandRejected(Forbidden(action=action, resource=resource))


def demand_admin(call: Call, action: str) -> None:
    """Of what only the installation's admin does, before anything he sent is looked at."""
    if not call.signed_in.is_installation_admin:
        raise CommandRejected(Forbidden(action=action, resource="*"))


async def account_of(call: Call) -> str:
    """Whose a new thing is: the caller's own account, a service account's employer."""
    caller = call.signed_in
    if caller.kind == "user":
        return caller.principal_id
    principal = await call.find(GetPrincipal(key=caller.principal_id), PrincipalDocument)
    return principal.account_id


def new_id(call: Call, *, within: str, purpose: str) -> str:
    """Of a part of something (`within`), which the first answer does not name: the repeat of a
    request under an `Idempotency-Key` must find the same."""
    key = call.idempotency_key
    if key is None:
        return call.parts.ids.new()
    return call.parts.derived.id(
        seconds=int(within[:8], 16),
        actor=call.sender.actor.text,
        surface=call.surface.name,
        key=key,
        purpose=f"{purpose}:{within}",
    )
