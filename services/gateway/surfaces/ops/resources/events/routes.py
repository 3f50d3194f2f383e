"""The events of the log: a page as NDJSON, and the stream."""

import contextlib
import re
from dataclasses import replace
from typing import Any

from litestar import Request, Response
from litestar.handlers import HTTPRouteHandler

from services.gateway.call import Call, call_of
from services.gateway.moments import NOW
from services.gateway.operation import operation
from services.gateway.parameters import read_query
from services.gateway.streamed import EVENT_STREAM, NDJSON, Streamed
from services.gateway.surfaces.ops.find import scope_id
from services.gateway.surfaces.ops.history import refused
from services.gateway.surfaces.ops.resources.events import wire
from services.gateway.surfaces.ops.resources.events.follow import follow
from services.gateway.surfaces.ops.statuses import READ
from shared.envelope.feed import feed_event
from shared.queries.audit import FeedPage, FollowLog

AnyRequest = Request[Any, Any, Any]
_POSITION = re.compile(r"[0-9]{1,18}\Z")
LIMIT_MAX = 1000
STREAM_LIMIT = 500


async def list_events(request: AnyRequest) -> Response[bytes]:
    call = call_of(request)
    _ = call.signed_in
    query = read_query(call.parameters(), wire.PageQuery)
    if not 1 <= query.limit <= LIMIT_MAX:
        raise refused("limit", f"must be from 1 to {LIMIT_MAX}")
    question = replace(await _question(call, query), after=query.after or 0, limit=query.limit)
    page = await call.ask(question, FeedPage)
    headers = {"chronoplane-seen": str(page.seen), "chronoplane-head": str(page.head)}
    return Response(
        b"".join(feed_event(event) + b"\n" for event in page.events),
        media_type=NDJSON,
        headers=headers,
    )


async def stream_events(request: AnyRequest) -> Streamed:
    call = call_of(request)
    key_id = call.signed_in.key_id
    if call.moment != NOW:
        raise refused("as_of", "belongs to reads of the past; resume with Last-Event-ID")
    query = read_query(call.parameters(), wire.FeedQuery)
    question = replace(await _question(call, query), after=_begin(call, query), limit=STREAM_LIMIT)
    # Asked before the answer begins, so that a refusal is a plain answer with its status.
    first = await call.ask(question, FeedPage)
    stack = contextlib.AsyncExitStack()
    reader = await stack.enter_async_context(
        call.parts.streams.reading(key_id, call.parts.dispatch.listen_for_growth)
    )
    return Streamed(
        follow(call, question, first, reader),
        media_type=EVENT_STREAM,
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        on_end=stack.aclose,
    )


def _begin(call: Call, query: wire.FeedQuery) -> int:
    """After which position; -1 is the newest."""
    last = call.header(b"last-event-id")
    if last is None:
        return -1 if query.after is None else query.after
    if not _POSITION.match(last):
        raise refused("Last-Event-ID", "must be a log position")
    return int(last)


async def _question(call: Call, query: wire.FeedQuery) -> FollowLog:
    return FollowLog(
        account_id=await scope_id(call, "account", query.account),
        project_id=await scope_id(call, "project", query.project),
        stream=query.stream,
        types=() if query.type is None else tuple(query.type.split(",")),
    )


_TAG = "events"
HANDLERS: tuple[HTTPRouteHandler, ...] = (
    *operation(
        "GET",
        "/ops/v1/events",
        list_events,
        summary="A page of the log as CloudEvents, one a line (NDJSON)",
        tag=_TAG,
        query=wire.PageQuery,
        answer=str,
        answer_type=NDJSON,
        refusals=READ,
    ),
    *operation(
        "GET",
        "/ops/v1/events/stream",
        stream_events,
        summary="The log as server-sent events, from any position (Last-Event-ID), then live",
        tag=_TAG,
        query=wire.FeedQuery,
        answer=str,
        answer_type=EVENT_STREAM,
        refusals=READ,
    ),
)
