"""Erasing: all secrets of an owner become unreadable in the whole history, for ever."""

from typing import Any

from litestar import Request
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from services.gateway.answer import Answer, answered
from services.gateway.call import Call, call_of
from services.gateway.operation import operation
from services.gateway.surfaces.ops.resources.vault import wire
from services.gateway.surfaces.ops.statuses import READ, WRITE
from shared.domain.vault.commands import EraseSecrets
from shared.queries.audit import FindOwner, OwnerDocument

AnyRequest = Request[Any, Any, Any]


async def get_owner(owner: FromPath[str], request: AnyRequest) -> Answer[wire.Owner]:
    call = call_of(request)
    _ = call.signed_in
    return await _shown(call, owner, None)


async def erase_secrets(owner: FromPath[str], request: AnyRequest) -> Answer[wire.Owner]:
    call = call_of(request)
    _ = call.signed_in
    document = await call.find(FindOwner(owner_id=owner), OwnerDocument)
    accepted = await call.command(
        EraseSecrets(owner_id=document.id, account_id=document.account_id)
    )
    return await _shown(call, owner, accepted.position)


async def _shown(call: Call, owner: str, position: int | None) -> Answer[wire.Owner]:
    document = await call.ask(FindOwner(owner_id=owner), OwnerDocument, after=position)
    return answered(
        wire.Owner(
            owner=document.id,
            kind=document.kind,
            account_id=document.account_id,
            secrets=document.secrets,
            erased=document.erased,
            position=position,
        )
    )


_TAG = "vault"
_ONE = "/ops/v1/vault/{owner:str}"
HANDLERS: tuple[HTTPRouteHandler, ...] = (
    *operation(
        "GET",
        _ONE,
        get_owner,
        summary="How many secrets a service, principal, project or webhook owns",
        tag=_TAG,
        refusals=READ,
    ),
    *operation(
        "DELETE",
        _ONE,
        erase_secrets,
        summary="Erase them from all of history; the log still verifies",
        tag=_TAG,
        refusals=WRITE,
    ),
)
