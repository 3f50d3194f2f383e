"""Things by id or handle, as paths and bodies of `/ops` name them."""

from typing import Any, Literal

from services.gateway.call import Call
from services.gateway.refusals import BadFields, CommandRejected, Refused
from shared.domain.rejections import Forbidden, NotFound
from shared.kernel.ids import is_id
from shared.queries.identity import (
    GetPrincipal,
    GetProject,
    Kind,
    PrincipalDocument,
    ProjectDocument,
)

ANYBODY: tuple[Kind, ...] = ("user", "organization", "service_account")


async def principal_id_of(call: Call, kinds: tuple[Kind, ...], key: str) -> str:
    """The id of a principal in a path. Where it is gone and the client gave an idempotency key,
    an id to repeat it with: the command process then answers as at first, or not found."""
    try:
        principal = await call.find(GetPrincipal(key=key), PrincipalDocument)
    except CommandRejected as rejected:
        return _id_to_repeat(call, rejected, key)
    if principal.kind not in kinds:
        raise CommandRejected(NotFound(kind=kinds[0], key=key))
    return principal.id


async def project_id_of(call: Call, key: str) -> str:
    try:
        return (await call.find(GetProject(key=key), ProjectDocument)).id
    except CommandRejected as rejected:
        return _id_to_repeat(call, rejected, key)


async def scope_id(call: Call, kind: Literal["account", "project"], key: str | None) -> str | None:
    """What narrows a read of the log. An id is taken as it is: what was removed has no handle."""
    if key is None or is_id(key):
        return key
    if kind == "project":
        return await project_id_of(call, key)
    return await principal_id_of(call, ANYBODY, key)


async def named_principal(call: Call, field: str, key: str) -> str:
    """The id of a principal that a body names by id or handle."""
    if is_id(key):
        return key  # The command process checks that it lives, which a view cannot.
    try:
        return (await call.find(GetPrincipal(key=key), PrincipalDocument)).id
    except CommandRejected as rejected:
        if isinstance(rejected.rejection, NotFound | Forbidden):
            raise Refused(BadFields(problems=((field, "names nobody you can see"),))) from None
        raise


async def settle(call: Call, question: Any, expected: type[Any], *, after: int) -> None:
    """Waits for the view that shows a removal; that the thing is gone, or out of the caller's
    sight by his own doing, is what was asked for."""
    try:
        await call.ask(question, expected, after=after)
    except CommandRejected as rejected:
        if not isinstance(rejected.rejection, NotFound | Forbidden):
            raise


def _id_to_repeat(call: Call, rejected: CommandRejected, key: str) -> str:
    """The command needs an id to travel with; what counts on a repeat is the idempotency key."""
    if call.idempotency_key is None or not isinstance(rejected.rejection, NotFound):
        raise rejected
    return key if is_id(key) else call.parts.ids.new()
