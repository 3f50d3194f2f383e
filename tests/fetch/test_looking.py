"""Looks at URLs of others: what they end with, how far a redirect is followed, what is refused."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from shared.fetch import Fetcher, Policy, TargetRefused, TargetUnreachable


@asynccontextmanager
async def serving(*answers: bytes) -> AsyncIterator[tuple[str, list[str]]]:
    """Answers in this order, the last again and again. Gives the base URL and what was asked."""
    asked: list[str] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        asked.append(head.decode().split(" ")[1])
        writer.write(answers[min(len(asked), len(answers)) - 1])
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}", asked
    server.close()


def to(place: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} Found\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n".encode()


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
ALLOWING = Policy.of("127.0.0.0/8")


async def test_a_look_ends_with_the_status() -> None:
    fetcher = Fetcher(ALLOWING)
    async with serving(b"HTTP/1.1 503 Busy\r\n\r\n") as (base, asked):
        assert await fetcher.look(f"{base}/health?deep=1", total_seconds=2) == 503
    assert asked == ["/health?deep=1"]


async def test_redirects_are_followed_three_times_and_no_further() -> None:
    fetcher = Fetcher(ALLOWING)
    async with serving(to("/b"), to("c/d", 308), OK) as (base, asked):
        assert await fetcher.look(f"{base}/a", total_seconds=2) == 200
        assert asked == ["/a", "/b", "/c/d"]
    async with serving(to("/again")) as (base, asked):
        with pytest.raises(TargetUnreachable, match="redirects"):
            await fetcher.look(base, total_seconds=2)
        assert len(asked) == 4


@pytest.mark.parametrize(
    "place", ["http://169.254.169.254/latest", "file:///etc/passwd", "http://u:p@127.0.0.1/"]
)
async def test_a_redirect_is_judged_as_if_it_had_been_given(place: str) -> None:
    async with serving(to(place)) as (base, _):
        with pytest.raises(TargetRefused):
            await Fetcher(ALLOWING).look(base, total_seconds=2)


async def test_without_a_setting_nothing_internal_is_dialled() -> None:
    async with serving(OK) as (base, asked):
        with pytest.raises(TargetRefused):
            await Fetcher(Policy()).look(base, total_seconds=2)
    assert asked == []


async def test_silence_and_noise_are_unreachable() -> None:
    async with serving(b"SSH-2.0-x\r\n\r\n") as (base, _):
        with pytest.raises(TargetUnreachable):
            await Fetcher(ALLOWING).look(base, total_seconds=2)
    with pytest.raises(TargetUnreachable):
        await Fetcher(ALLOWING).look("http://127.0.0.1:1/", total_seconds=2)
