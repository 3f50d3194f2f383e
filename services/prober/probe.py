"""One probe: a GET on a fresh connection, and in words what came of it. 200 alone is healthy.

By hand and not by an HTTP client: nothing is followed, decoded, pooled or resolved here, and no
more than 4 KiB of what a tenant's program answers is ever read."""

import asyncio
import errno
import re
from contextlib import suppress

from services.prober.address import ReplicaTarget, UnixAddress
from services.prober.judge import Answer

BYTES_MAX = 4096
DRAIN_SECONDS = 0.1
# Ours is the illness, not the replica's: no file descriptor, no memory, no port left to dial from.
_OUR_FAULT = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EADDRNOTAVAIL}
)
# Gone or not there yet: a socket's path says so by its absence, a port by refusing.
_REFUSED = frozenset({errno.ECONNREFUSED, errno.ENOENT})
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-9][0-9]{2})(?:[ \r\n]|\Z)")
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,9})[ \t]*\r\n", re.IGNORECASE)


class ProbeImpossible(Exception):
    """This process could not even ask. It says nothing about the replica."""


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
    writer: asyncio.StreamWriter | None = None
    try:
        async with asyncio.timeout(timeout):
            reader, writer = await _connected(target)
            writer.write(_request(target.path))
            await writer.drain()
            head = await _head(reader)
    except TimeoutError:
        return False, f"timed out after {timeout:.1f} s", False
    except OSError as error:
        if error.errno in _OUR_FAULT:
            raise ProbeImpossible(str(error)) from error
        return False, _words_of(error), False
    else:
        status = _status_of(head)
        if status is None:
            return False, "no answer in HTTP" if head else "closed without an answer", False
        await _drained(reader, head)
        return status == 200, str(status), True
    finally:
        if writer is not None:
            writer.transport.abort()


async def _connected(
    target: ReplicaTarget,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    match target.address:
        case UnixAddress(path=path):
            return await asyncio.open_unix_connection(path, limit=BYTES_MAX)
        case address:
            return await asyncio.open_connection(address.host, address.port, limit=BYTES_MAX)


def _request(path: str) -> bytes:
    # `localhost` is the one name that frameworks with a list of allowed hosts let in by themselves.
    return (
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: chronoplane-prober\r\n"
        "Accept: */*\r\nConnection: close\r\n\r\n"
    ).encode("ascii")


async def _head(reader: asyncio.StreamReader) -> bytes:
    """The final answer's head and what came with it, capped. Interim answers (1xx) are passed."""
    seen = b""
    while len(seen) < BYTES_MAX:
        received = await reader.read(BYTES_MAX - len(seen))
        seen += received
        while seen.startswith(b"HTTP/1.1 1") and b"\r\n\r\n" in seen:
            seen = seen.partition(b"\r\n\r\n")[2]
        if not received or (b"\r\n" in seen and not seen.startswith(b"HTTP/1.1 1")):
            return seen
    return seen


def _status_of(head: bytes) -> int | None:
    match = _STATUS_LINE.match(head)
    return int(match.group(1)) if match else None


async def _drained(reader: asyncio.StreamReader, seen: bytes) -> None:
    """Takes in a short body, so that a tenant's log is not filled with `connection reset`."""
    with suppress(TimeoutError, OSError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while len(seen) < BYTES_MAX and not _is_whole(seen):
                received = await reader.read(BYTES_MAX - len(seen))
                if not received:
                    return
                seen += received


def _is_whole(seen: bytes) -> bool:
    head, end, body = seen.partition(b"\r\n\r\n")
    length = _LENGTH.search(head + b"\r\n")
    return bool(end) and length is not None and len(body) >= int(length.group(1))


def _words_of(error: OSError) -> str:
    if error.errno in _REFUSED:
        return "connection refused"
    if isinstance(error, ConnectionError):
        return "connection reset"
    return f"unreachable ({errno.errorcode.get(error.errno or 0, type(error).__name__)})"
