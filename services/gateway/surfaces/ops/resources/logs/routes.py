"""A service's output as it comes, and its counters for Prometheus."""

import contextlib
import re
from typing import Any

from litestar import Request, Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from services.gateway.call import Call, call_of
from services.gateway.moments import NOW
from services.gateway.operation import operation
from services.gateway.parameters import read_query
from services.gateway.streamed import EVENT_STREAM, Streamed
from services.gateway.surfaces.ops.history import refused
from services.gateway.surfaces.ops.resources.logs import metrics, wire
from services.gateway.surfaces.ops.resources.logs.follow import follow
from services.gateway.surfaces.ops.statuses import READ
from shared.queries.telemetry import (
    CountersDocument,
    FollowServiceLogs,
    GetServiceCounters,
    LogFeed,
)

AnyRequest = Request[Any, Any, Any]
_NUMBER = re.compile(r"[0-9]{1,18}\Z")
TAIL_MAX = 10_000


async def stream_logs(service: FromPath[str], request: AnyRequest) -> Streamed:
    call = call_of(request)
    key_id = call.signed_in.key_id
    if call.moment != NOW:
        raise refused("as_of", "belongs to reads of the past; resume with Last-Event-ID")
    query = read_query(call.parameters(), wire.FollowQuery)
    if not 0 <= query.tail <= TAIL_MAX:
        raise refused("tail", f"must be from 0 to {TAIL_MAX}")
    question = FollowServiceLogs(service_id=service, after=_begin(call), tail=query.tail)
    # Asked before the answer begins, so that a refusal is a plain answer with its status.
    first = await call.ask(question, LogFeed)
    stack = contextlib.AsyncExitStack()
    reader = await stack.enter_async_context(call.parts.streams.reading(key_id, _nobody_stirs))
    return Streamed(
        follow(call, question, first, reader),
        media_type=EVENT_STREAM,
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        on_end=stack.aclose,
    )


async def get_metrics(service: FromPath[str], request: AnyRequest) -> Response[str]:
    call = call_of(request)
    _ = call.signed_in
    document = await call.ask(GetServiceCounters(service_id=service), CountersDocument)
    return Response(metrics.exposition(document), media_type=metrics.MEDIA_TYPE)


def _begin(call: Call) -> int | None:
    last = call.header(b"last-event-id")
    if last is None:
        return None
    if not _NUMBER.match(last):
        raise refused("Last-Event-ID", "must be the id of a line")
    return int(last)


async def _nobody_stirs(_grown: object) -> None:
    """Lines are no events: they are looked for once a second."""


_TAG = "services"
_ONE = "/ops/v1/services/{service:str}"

HANDLERS: tuple[HTTPRouteHandler, ...] = (
    *operation(
        "GET",
        f"{_ONE}/logs/stream",
        stream_logs,
        summary="A service's lines as server-sent events: the newest, then as they come",
        tag=_TAG,
        query=wire.FollowQuery,
        answer=str,
        answer_type=EVENT_STREAM,
        refusals=READ,
    ),
    *operation(
        "GET",
        f"{_ONE}/metrics",
        get_metrics,
        summary="A service's counters since the day began, for Prometheus",
        tag=_TAG,
        answer=str,
        answer_type="text/plain",
        refusals=READ,
    ),
)
