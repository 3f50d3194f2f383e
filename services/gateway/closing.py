"""Removals whose answer means that the endpoint is closed: 503 at once, where it can be.

Most services of some surfaces run nothing and have no endpoint; of these nothing is waited for."""

from collections.abc import Awaitable, Callable

from services.gateway.call import Call
from services.gateway.refusals import CommandRejected
from shared.domain.rejections import Forbidden, NotFound
from shared.envelope.messages import Accepted
from shared.queries.services import GetServiceById, ServiceDocument


async def removed(
    call: Call, service_id: str, remove: Callable[[], Awaitable[Accepted]]
) -> Accepted:
    """`remove` gives the command, and waits for the view if it likes."""
    if not await _has_endpoint(call, service_id):
        return await remove()
    endpoints = call.parts.endpoints
    # Before the removal is asked for: an edge may be quicker than its answer.
    waiting = endpoints.watch(service_id)
    try:
        accepted = await remove()
        if not accepted.replayed:
            await endpoints.closed(waiting)
        return accepted
    finally:
        endpoints.forget(service_id)


async def _has_endpoint(call: Call, service_id: str) -> bool:
    try:
        document = await call.find(GetServiceById(service_id=service_id), ServiceDocument)
    except CommandRejected as rejected:
        if not isinstance(rejected.rejection, NotFound | Forbidden):
            raise
        return False  # Of a repeated removal it is not there any more.
    return document.workload is not None
