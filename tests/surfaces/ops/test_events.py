"""The log as NDJSON and as a stream: resumed, live, bounded, and with a clear end."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from services.gateway import streams
from services.gateway.streamed import Streamed, TooSlow
from services.gateway.surfaces.ops.resources.events import follow
from shared.domain.rejections import Forbidden, NotFound, Unauthenticated
from shared.queries.audit import FeedPage, FollowLog
from tests.surfaces.ops.test_time import EVENT
from tests.surfaces.stubs import TOKEN, Gateway


@dataclass(slots=True)
class Log:
    """Events at positions 1 to `head`, in pages of two, of which the odd ones are visible."""

    head: int = 5
    refusal: Any = None
    asked: list[FollowLog] = field(default_factory=list)

    def page(self, question: FollowLog) -> Any:
        self.asked.append(question)
        if self.refusal is not None:
            return self.refusal
        after = self.head if question.after < 0 else question.after
        seen = min(after + 2, self.head)
        events = tuple(
            replace(EVENT, position=position)
            for position in range(after + 1, seen + 1)
            if position % 2
        )
        return FeedPage(events=events, seen=seen, head=self.head)


class Reading:
    """A reader of the stream, over ASGI itself: the client of the other tests waits for the end."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.text = ""
        self.is_over = False
        self.gone = asyncio.Event()
        self.blocks = asyncio.Event()
        self.blocks.set()
        self._news = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = dict(message["headers"])
        else:
            await self.blocks.wait()
            self.text += message["body"].decode()
            self.is_over = not message.get("more_body", False)
        self._news.set()

    async def until(self, text: str) -> None:
        async with asyncio.timeout(2):
            while text not in self.text:
                self._news.clear()
                await self._news.wait()

    @property
    def ids(self) -> list[int]:
        """Of the events, not of the heartbeats."""
        blocks = self.text.split("\n\n")
        return [
            int(b.split("\n")[0][4:])
            for b in blocks
            if b.startswith("id: ") and "event: service" in b
        ]


@asynccontextmanager
async def reading(
    gateway: Gateway, query: str = "", last: str | None = None
) -> AsyncIterator[tuple[Reading, "asyncio.Task[None]"]]:
    reader = Reading()
    headers = [(b"host", b"gateway.test"), (b"authorization", f"Bearer {TOKEN}".encode())]
    if last is not None:
        headers.append((b"last-event-id", last.encode()))
    path = "/ops/v1/events/stream"
    scope: Any = {
        "type": "http", "http_version": "1.1", "method": "GET", "path": path, "scheme": "http",
        "raw_path": path.encode(), "query_string": query.encode(), "headers": headers,
        "client": ("127.0.0.1", 1), "server": ("gateway.test", 80), "root_path": "",
    }  # fmt: skip
    app: Any = gateway.app
    task = asyncio.create_task(app(scope, reader.receive, reader.send))
    try:
        yield reader, task
    finally:
        reader.gone.set()
        reader.blocks.set()
        async with asyncio.timeout(2):
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def log(gateway: Gateway) -> Log:
    made = Log()
    gateway.dispatch.answers[FollowLog] = made.page
    return made


async def test_the_past_comes_first_then_what_happens_without_gap_or_duplicate(
    gateway: Gateway, log: Log
) -> None:
    async with reading(gateway, last="0") as (reader, _):
        await reader.until("id: 5\n")
        assert reader.ids == [1, 3, 5]
        assert reader.headers[b"content-type"] == b"text/event-stream"
        log.head = 9
        (grown,) = gateway.dispatch.listeners
        grown(9)
        await reader.until("id: 9\n")
        assert reader.ids == [1, 3, 5, 7, 9]
        # The view is waited for, so that what the bus told is in the page.
        assert gateway.dispatch.asked[-1].after == 9
    assert gateway.dispatch.listeners == []


async def test_a_stream_resumes_where_a_reader_stood_and_begins_with_the_newest(
    gateway: Gateway, log: Log
) -> None:
    async with reading(gateway, last="3") as (reader, _):
        await reader.until("id: 5\n")
        assert reader.ids == [5]
    async with reading(gateway, query="after=1") as (reader, _):
        await reader.until("id: 5\n")
        assert reader.ids == [3, 5]
    async with reading(gateway) as (reader, _):
        await reader.until(": heartbeat\nid: 5\n")
        assert reader.ids == []


async def test_an_event_of_the_stream_is_a_cloud_event(gateway: Gateway, log: Log) -> None:
    async with reading(gateway, last="0") as (reader, _):
        await reader.until("id: 1\n")
    block = next(b for b in reader.text.split("\n\n") if b.startswith("id: 1\n"))
    lines = block.split("\n")
    assert lines[1] == "event: service.registered"
    event = json.loads(lines[2].removeprefix("data: "))
    assert (event["specversion"], event["sequence"], event["source"]) == (
        "1.0", "1", "/accounts/" + "aa" * 12,
    )  # fmt: skip
    assert event["data"] == {"name": "a"}


async def test_a_refusal_comes_before_any_event(gateway: Gateway, log: Log) -> None:
    log.refusal = NotFound(kind="account", key="x")
    async with reading(gateway, query="account=" + "ab" * 12) as (reader, task):
        await task
        assert (reader.status, "event:" in reader.text) == (404, False)
    for query, last in (("", "x"), ("as_of=3", None), ("after=-2", None)):
        async with reading(gateway, query=query, last=last) as (reader, task):
            await task
            assert reader.status == 400, (query, last)


@pytest.mark.parametrize(
    ("rejection", "code"),
    [(Unauthenticated(), "unauthorized"), (Forbidden(action="a", resource="b"), "not_allowed")],
)
async def test_a_right_that_ends_ends_the_stream_and_says_so(
    gateway: Gateway, log: Log, rejection: Any, code: str
) -> None:
    async with reading(gateway, last="0") as (reader, task):
        await reader.until("id: 5\n")
        log.refusal = rejection
        gateway.dispatch.listeners[0](6)
        await task
    assert reader.is_over
    assert reader.text.endswith(f'id: 5\nevent: end\ndata: {{"code":"{code}","position":5}}\n\n')


async def test_the_end_of_the_process_ends_the_stream_and_says_so(
    gateway: Gateway, log: Log
) -> None:
    async with reading(gateway, last="0") as (reader, task):
        await reader.until("id: 5\n")
        gateway.parts.streams.close()
        await task
    assert '"code":"shutdown","position":5' in reader.text


async def test_a_credential_has_only_so_many_streams(
    gateway: Gateway, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "PER_CREDENTIAL_MAX", 1)
    async with reading(gateway, last="0") as (first, _):
        await first.until("id: 5\n")
        async with reading(gateway, last="0") as (second, task):
            await task
            assert second.status == 429
    async with reading(gateway, last="0") as (third, _):
        await third.until("id: 5\n")


async def test_a_quiet_stream_has_heartbeats_with_the_position_looked_at(
    gateway: Gateway, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "HEARTBEAT_SECONDS", 0.02)
    async with reading(gateway, last="5") as (reader, _):
        log.head = 6  # Not visible to the reader.
        await reader.until(": heartbeat\nid: 6\n")
        assert reader.ids == []


async def test_a_reader_that_takes_nothing_is_told_and_dropped() -> None:
    told: list[bytes] = []

    async def source() -> Any:
        try:
            while True:
                yield b"x"
        except TooSlow:
            yield b"too slow"

    class Slow:
        is_stuck = False

        async def send(self, message: dict[str, Any]) -> None:
            if self.is_stuck and message.get("body") == b"x":
                await asyncio.sleep(60)
            told.append(message.get("body", b""))
            self.is_stuck = len(told) > 3

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(60)
        return {}

    response: Any = Streamed(source(), media_type="text/plain", send_seconds=0.05)
    async with asyncio.timeout(2):
        await response.to_asgi_response()({}, receive, Slow().send)
    assert told[-2:] == [b"too slow", b""]


async def test_a_page_of_the_log_is_one_cloud_event_a_line(gateway: Gateway, log: Log) -> None:
    response = await gateway.ask(
        "GET", "/ops/v1/events?after=2&limit=2&type=service.*,replica.started"
    )
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/x-ndjson"
    assert (response.headers["chronoplane-seen"], response.headers["chronoplane-head"]) == (
        "4",
        "5",
    )
    assert [json.loads(line)["sequence"] for line in response.text.splitlines()] == ["3"]
    assert log.asked[-1] == FollowLog(after=2, limit=2, types=("service.*", "replica.started"))
    assert (await gateway.ask("GET", "/ops/v1/events?limit=0")).status_code == 400
