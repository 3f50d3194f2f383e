"""Server-sent events: the past by pages of the log, then what comes, with no gap and no duplicate.

It is one loop: ask for the page after the last position, send it, wait until the log has grown.
Live and past are the same pages, so there is no seam. The id of each event is its position, and
heartbeats carry the position looked at, so that a narrow filter resumes where it stood."""

import logging
from collections.abc import AsyncGenerator
from dataclasses import replace

from services.gateway.call import Call
from services.gateway.refusals import CommandRejected, Refused, Unavailable
from services.gateway.streamed import TooSlow
from services.gateway.streams import Reader
from shared.domain.rejections import Unauthenticated
from shared.envelope.feed import feed_event
from shared.kernel import json
from shared.queries.audit import FeedPage, FollowLog

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 5.0
AWAY_SECONDS = 1.0


async def follow(
    call: Call, question: FollowLog, first: FeedPage, reader: Reader
) -> AsyncGenerator[bytes, None]:
    position = first.seen
    page: FeedPage | None = first
    yield b"retry: 1000\n\n"
    try:
        while not reader.is_ended:
            if page is not None:
                for event in page.events:
                    yield _event(event.position, event.type, feed_event(event))
                position = page.seen
                if not page.events:
                    yield _heartbeat(position)
            if page is None or page.seen >= page.head:
                await reader.wait(HEARTBEAT_SECONDS if page is not None else AWAY_SECONDS)
            page = await _next(call, replace(question, after=position), reader)
    except CommandRejected as rejected:
        gone = isinstance(rejected.rejection, Unauthenticated)
        yield _end("unauthorized" if gone else "not_allowed", position)
        return
    except TooSlow:
        yield _end("too_slow", position)
        return
    yield _end("shutdown", position)


async def _next(call: Call, question: FollowLog, reader: Reader) -> FeedPage | None:
    """None while the query process is away: a stream outlives its restart."""
    try:
        return await call.ask(question, FeedPage, after=reader.position)
    except Refused as refused:
        if not isinstance(refused.refusal, Unavailable):
            raise
        log.info("stream_waits")
        return None


def _event(position: int, type_: str, data: bytes) -> bytes:
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (position, type_.encode(), data)


def _heartbeat(position: int) -> bytes:
    """No event for the reader's code; its next Last-Event-ID all the same."""
    return b": heartbeat\nid: %d\n\n" % position


def _end(code: str, position: int) -> bytes:
    data = json.dumps({"code": code, "position": position}).encode()
    return b"id: %d\nevent: end\ndata: %s\n\n" % (position, data)
