"""Things by id or handle, as paths and bodies of `/ops` name them."""

from typing import Any

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


async def principal_id_of(call: Call, kinds: tuple[Kind, ...], key: str) -> str:
    """The id of a principal in a path. Where it is gone and the client gave an idempotency key,
    the id itself: the command process then repeats its first answer, or says not found."""
    try:
        principal = await call.find(GetPrincipal(key=key), PrincipalDocument)
    except CommandRejected as rejected:
        if _may_be_repeated(call, rejected, key):
            return key
        raise
    if principal.kind not in kinds:
        raise CommandRejected(NotFound(kind=kinds[0], key=key))
    return principal.id


async def project_id_of(call: Call, key: str) -> str:
    try:
        return (await call.find(GetProject(key=key), ProjectDocument)).id
    except CommandRejected as rejected:
        if _may_be_repeated(call, rejected, key):
            return key
        raise


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


def _may_be_repeated(call: Call, rejected: CommandRejected, key: str) -> bool:
    is_absent = isinstance(rejected.rejection, NotFound)
    return is_absent and is_id(key) and call.idempotency_key is not None
