"""What is sent and taken: pinned address with the name's Host, caps, no redirects."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import monotonic

import pytest

from shared.fetch.client import BODY_BYTES_MAX, Fetcher, TargetUnreachable
from shared.fetch.policy import Policy

Serve = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


async def here(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


@asynccontextmanager
async def answering(serve: Serve) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server of raw bytes; its port and what it was sent."""
    seen: list[bytes] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            seen.append(head)
            await serve(head, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], seen


@asynccontextmanager
async def fetching() -> AsyncIterator[Fetcher]:
    fetcher = Fetcher(Policy.of("127.0.0.1"), resolve=here)
    try:
        yield fetcher
    finally:
        await fetcher.close()


def saying(raw: bytes) -> Serve:
    async def serve(head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()

    return serve


async def test_the_checked_address_is_dialled_with_the_names_host() -> None:
    raw = b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"
    async with answering(saying(raw)) as (port, seen), fetching() as fetcher:
        answer = await fetcher.post(f"http://hooks.test:{port}/a?b=c", b"{}", {"x-mine": "1"})
    assert (answer.status, answer.body) == (204, b"")
    assert seen[0].startswith(b"POST /a?b=c HTTP/1.1\r\n")
    head = seen[0].lower()
    assert f"host: hooks.test:{port}\r\n".encode() in head
    assert b"x-mine: 1" in head and b"accept-encoding: identity" in head


async def test_a_redirect_is_an_answer_and_not_followed() -> None:
    raw = b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
    async with answering(saying(raw)) as (port, seen), fetching() as fetcher:
        answer = await fetcher.post(f"http://hooks.test:{port}/", b"", {})
    assert answer.status == 302
    assert len(seen) == 1


async def test_only_the_first_bytes_of_a_body_are_taken() -> None:
    raw = b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n" + b"x" * 200_000
    async with answering(saying(raw)) as (port, _), fetching() as fetcher:
        answer = await fetcher.post(f"http://hooks.test:{port}/", b"", {})
    assert len(answer.body) == BODY_BYTES_MAX


async def test_a_compressed_bomb_is_not_opened() -> None:
    raw = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"
    async with answering(saying(raw)) as (port, _), fetching() as fetcher:
        answer = await fetcher.post(f"http://hooks.test:{port}/", b"", {})
    assert answer.body == b"abc"


async def test_a_dripping_answer_ends_with_the_time() -> None:
    async def drip(head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with answering(drip) as (port, _), fetching() as fetcher:
        begun = monotonic()
        with pytest.raises(TargetUnreachable):
            await fetcher.post(f"http://hooks.test:{port}/", b"", {}, total_seconds=0.3)
        assert monotonic() - begun < 1.5


@pytest.mark.parametrize("raw", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"\x00\x01\x02"])
async def test_what_is_no_web_server_is_unreachable(raw: bytes) -> None:
    async with answering(saying(raw)) as (port, _), fetching() as fetcher:
        with pytest.raises(TargetUnreachable):
            await fetcher.post(f"http://hooks.test:{port}/", b"", {}, total_seconds=2)
