"""Amigo's `{organization}`: the handle of whoever owns a home project (DESIGN 4.1)."""

from typing import Any

from services.gateway.call import Call
from services.gateway.refusals import CommandRejected
from shared.domain.rejections import Forbidden, NotFound
from shared.queries.conversations import GetOrganization, OrganizationDocument


async def organization_in_path(call: Call, handle: str) -> OrganizationDocument:
    return await call.find(GetOrganization(handle=handle), OrganizationDocument)


async def settle(call: Call, question: Any, expected: type[Any], *, after: int) -> None:
    """Waits for the view that shows a write; who may write need not be able to read."""
    try:
        await call.ask(question, expected, after=after)
    except CommandRejected as rejected:
        if not isinstance(rejected.rejection, NotFound | Forbidden):
            raise
