"""One probe: a GET on a fresh connection, and in words what came of it. 200 alone is healthy.

By hand and not by an HTTP client: nothing is followed, decoded, pooled or resolved here, and no
more than 4 KiB of what a tenant's program answers is ever read."""

import asyncio
import errno

from services.prober.address import ReplicaTarget, TcpAddress, UnixAddress
from services.prober.judge import Answer
from shared.fetch.exchange import OUR_FAULT, exchange, status_of

# Gone or not there yet: a socket's path says so by its absence, a port by refusing.
_REFUSED = frozenset({errno.ECONNREFUSED, errno.ENOENT})


class ProbeImpossible(Exception):
    """This process could not even ask. It says nothing about the target."""


async def probe(target: ReplicaTarget, timeout: float) -> Answer:
    """`timeout` covers all of it. The time counts from here, not from when it was due."""
    clock = asyncio.get_running_loop().time
    started = clock()
    is_healthy, reason, is_told = await _asked(target, timeout)
    seconds = clock() - started
    if not is_healthy and not is_told and seconds > timeout * 1.5:
        # Our own loop was late by half a time-out: the replica may well have answered in time.
        raise ProbeImpossible("the prober was too busy to listen")
    return Answer(is_healthy=is_healthy, reason=reason, is_told=is_told, seconds=seconds)


async def _asked(target: ReplicaTarget, timeout: float) -> tuple[bool, str, bool]:
    try:
        async with asyncio.timeout(timeout):
            head = await _head(target)
    except TimeoutError:
        return False, f"timed out after {timeout:.1f} s", False
    except OSError as error:
        if error.errno in OUR_FAULT:
            raise ProbeImpossible(str(error)) from error
        return False, _words_of(error), False
    status = status_of(head)
    if status is None:
        return False, "no answer in HTTP" if head else "closed without an answer", False
    return status == 200, str(status), True


async def _head(target: ReplicaTarget) -> bytes:
    match target.address:
        case UnixAddress(path=path):
            return await exchange(target.request, path=path)
        case TcpAddress(host=host, port=port):
            return await exchange(target.request, host=host, port=port)


def _words_of(error: OSError) -> str:
    if error.errno in _REFUSED:
        return "connection refused"
    if isinstance(error, ConnectionError):
        return "connection reset"
    return f"unreachable ({errno.errorcode.get(error.errno or 0, type(error).__name__)})"
