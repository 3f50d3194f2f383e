"""A service's lines as server-sent events: the newest, then what comes.

The id of each is its number in the order of arrival, so that who comes back with the last one
misses none and gets none twice."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from dataclasses import replace

from services.gateway.call import Call
from services.gateway.refusals import CommandRejected, Refused, Unavailable
from services.gateway.streamed import TooSlow
from services.gateway.streams import Reader
from shared.domain.rejections import Unauthenticated
from shared.kernel import json
from shared.kernel.time import format_rfc3339
from shared.queries.telemetry import FollowServiceLogs, LogFeed, NumberedLine

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
QUIET_LOOKS = 5


async def follow(
    call: Call, question: FollowServiceLogs, first: LogFeed, reader: Reader
) -> AsyncGenerator[bytes, None]:
    seen, page, quiet = first.seen, first, 0
    yield b"retry: 1000\n\n"
    try:
        while not reader.is_ended:
            for line in page.lines:
                yield _event(line)
            seen, quiet = page.seen, 0 if page.lines else quiet + 1
            if quiet % QUIET_LOOKS == 1:
                yield b": heartbeat\nid: %d\n\n" % seen
            if len(page.lines) < question.limit:
                await _rest(reader)
            page = await _next(call, replace(question, after=seen))
    except CommandRejected as rejected:
        gone = isinstance(rejected.rejection, Unauthenticated)
        yield _end("unauthorized" if gone else "not_allowed", seen)
        return
    except TooSlow:
        yield _end("too_slow", seen)
        return
    yield _end("shutdown", seen)


async def _rest(reader: Reader) -> None:
    """A second, or until the process ends: that the log of events has grown tells of no line."""
    loop = asyncio.get_running_loop()
    until = loop.time() + LOOK_SECONDS
    while not reader.is_ended and (left := until - loop.time()) > 0:
        await reader.wait(left)


async def _next(call: Call, question: FollowServiceLogs) -> LogFeed:
    """Nothing new while the query process is away: a stream outlives its restart."""
    try:
        return await call.ask(question, LogFeed)
    except Refused as refused:
        if not isinstance(refused.refusal, Unavailable):
            raise
        log.info("log_stream_waits")
        return LogFeed(lines=(), seen=question.after or 0)


def _event(line: NumberedLine) -> bytes:
    text = {
        "timestamp": format_rfc3339(line.at),
        "replica": line.replica_id,
        "stream": line.stream,
        "message": line.message,
    }
    return b"id: %d\nevent: line\ndata: %s\n\n" % (line.number, json.dumps(text).encode())


def _end(code: str, seen: int) -> bytes:
    return b"id: %d\nevent: end\ndata: %s\n\n" % (seen, json.dumps({"code": code}).encode())
