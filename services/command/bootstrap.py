"""The first start: a user who may do everything, and an organization (`Names`).

Runs at every start and finds most of it done. The admin's token is the operator's (a setting or a
file); when it changes, the key of the old one is revoked."""

import logging
from dataclasses import dataclass
from typing import Any

from services.command.furnish import furnish
from services.command.handle import Handler
from shared.access.digest import digest_of, presented_bearer
from shared.domain.api_key.commands import IssueApiKey, RevokeApiKey
from shared.domain.grant.commands import GiveGrant
from shared.domain.principal.commands import CreateOrganization, CreateUser
from shared.envelope.messages import Accepted, CommandEnvelope
from shared.kernel.actor import process_actor
from shared.runtime.ids import IdSource, new_command_id
from shared.runtime.secret import Secret

log = logging.getLogger(__name__)

ADMIN_KEY_NAME = "admin token"


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Handles of who is there at first. Without an organization nothing else is made until somebody
    is there: an import brings its own."""

    admin: str = "admin"
    organization: str = "default"


FIRST = Names()


class BootstrapFailed(Exception):
    """The sentence names what could not be made."""


async def bootstrap(
    handler: Handler, ids: IdSource, token: Secret, installation: bytes, names: Names = FIRST
) -> None:
    await handler.access.catch_up()
    admin_id = await _admin(handler, ids, names.admin)
    if names.organization:
        await _default_organization(handler, ids, admin_id, names.organization)
    await _admin_key(handler, ids, admin_id, token, installation)
    if names.organization or len(handler.access.index.principals) > 1:
        await furnish_all(handler, ids, names)


async def furnish_all(handler: Handler, ids: IdSource, names: Names) -> None:
    """What every installation has, made where it lacks; also after an import that brought none."""
    admin_id = _principal_of_handle(handler, names.admin)
    if admin_id is None:
        raise BootstrapFailed(f"nobody is called {names.admin}")

    async def give(command: Any) -> None:
        await _give(handler, command)

    await furnish(handler.store, give, ids, admin_id)


async def _admin(handler: Handler, ids: IdSource, handle: str) -> str:
    admin_id = _principal_of_handle(handler, handle)
    if admin_id is None:
        admin_id = ids.new()
        await _give(
            handler,
            CreateUser(
                principal_id=admin_id,
                home_project_id=ids.new(),
                handle=handle,
                name="Administrator",
            ),
        )
    if not handler.access.index.is_installation_admin(admin_id):
        grant = GiveGrant(grant_id=ids.new(), principal_id=admin_id, action="*", resource="*")
        await _give(handler, grant)
    return admin_id


async def _default_organization(
    handler: Handler, ids: IdSource, admin_id: str, handle: str
) -> None:
    if _principal_of_handle(handler, handle) is None:
        await _give(
            handler,
            CreateOrganization(
                principal_id=ids.new(),
                home_project_id=ids.new(),
                handle=handle,
                name="Default",
                owner_id=admin_id,
            ),
        )


async def _admin_key(
    handler: Handler, ids: IdSource, admin_id: str, token: Secret, installation: bytes
) -> None:
    presented = presented_bearer(token.reveal())
    digest = digest_of(presented.secret, installation)
    index = handler.access.index
    current = index.key_of_digest(digest, handler.clock.now())
    if current is None:
        await _give(
            handler,
            IssueApiKey(
                key_id=presented.key_id or ids.new(),
                principal_id=admin_id,
                name=ADMIN_KEY_NAME,
                digest=digest,
            ),
        )
        current = index.key_of_digest(digest, handler.clock.now())
    for key in list(index.keys.values()):
        stale = key.is_live and (current is None or key.id != current.id)
        if stale and key.principal_id == admin_id and key.name == ADMIN_KEY_NAME:
            await _give(handler, RevokeApiKey(key_id=key.id))
            log.info("admin_token_replaced", extra={"key_id": key.id})


def _principal_of_handle(handler: Handler, handle: str) -> str | None:
    return next(
        (p.id for p in handler.access.index.principals.values() if p.handle == handle), None
    )


async def _give(handler: Handler, command: Any) -> None:
    command_id = new_command_id()
    envelope = CommandEnvelope(
        command_id=command_id,
        actor=process_actor("command"),
        surface="bootstrap",
        correlation_id=command_id,
        reason="first start",
        command=command,
    )
    reply = await handler.handle(envelope, "command")
    if not isinstance(reply, Accepted):
        raise BootstrapFailed(f"{type(command).__name__} was refused: {reply.rejection}")
