"""One probe against real listeners: what is healthy, what is not, and in which words."""

import asyncio
import os
import resource
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services.prober.address import Address, ReplicaTarget, TcpAddress, UnixAddress
from services.prober.judge import Answer
from services.prober.probe import ProbeImpossible, probe

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def target(address: Address, path: str = "/health") -> ReplicaTarget:
    return ReplicaTarget(
        replica_id="a" * 24,
        service_id="b" * 24,
        project_id="c" * 24,
        address=address,
        path=path,
    )


@asynccontextmanager
async def listening(talk: Talk) -> AsyncIterator[TcpAddress]:
    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except ConnectionError:
            pass  # The prober has heard enough, which is its right.
        finally:
            writer.close()

    server = await asyncio.start_server(served, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield TcpAddress(host="127.0.0.1", port=port)
    server.close()


def saying(*parts: bytes, pause: float = 0.0) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)

    return talk


async def asked(talk: Talk, timeout: float = 1.0) -> Answer:
    async with listening(talk) as address:
        return await probe(target(address), timeout)


def answer(status: str, headers: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\n{headers}Content-Length: 2\r\n\r\nok".encode()


async def test_200_is_healthy() -> None:
    said = await asked(saying(answer("200 OK")))
    assert (said.is_healthy, said.reason, said.is_told) == (True, "200", True)


@pytest.mark.parametrize("status", ["201", "204", "301", "302", "401", "404", "429", "500", "503"])
async def test_every_other_status_is_not_and_is_the_reason(status: str) -> None:
    said = await asked(saying(answer(f"{status} Word", "Location: /elsewhere\r\n")))
    assert (said.is_healthy, said.reason, said.is_told) == (False, status, True)


async def test_http_1_0_without_a_phrase_counts_too() -> None:
    assert (await asked(saying(b"HTTP/1.0 200\r\n\r\n"))).is_healthy


async def test_an_answer_in_small_pieces_is_read() -> None:
    assert (await asked(saying(b"HTT", b"P/1.1 20", b"0 OK\r\n\r\n", pause=0.01))).is_healthy


async def test_interim_answers_are_passed() -> None:
    parts = (b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", answer("200 OK"))
    assert (await asked(saying(*parts, pause=0.01))).is_healthy


async def test_the_request_is_plain_and_asks_to_be_the_only_one() -> None:
    heard: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer("200 OK"))

    async with listening(talk) as address:
        await probe(target(address, "/healthz?deep=1"), 1.0)
    lines = heard[0].decode().split("\r\n")
    assert lines[:2] == ["GET /healthz?deep=1 HTTP/1.1", "Host: localhost"]
    assert "Connection: close" in lines


async def test_a_port_where_nobody_listens_refuses() -> None:
    async with listening(saying()) as address:
        pass
    said = await probe(target(address), 1.0)
    assert (said.is_healthy, said.reason, said.is_told) == (False, "connection refused", False)


async def test_a_socket_that_is_not_there_yet_refuses(tmp_path: Path) -> None:
    said = await probe(target(UnixAddress(path=str(tmp_path / "no.sock"))), 1.0)
    assert said.reason == "connection refused"


async def test_a_unix_socket_is_probed_alike(tmp_path: Path) -> None:
    path = str(tmp_path / "s.sock")

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await saying(answer("200 OK"))(reader, writer)
        writer.close()

    server = await asyncio.start_unix_server(talk, path)
    assert (await probe(target(UnixAddress(path=path)), 1.0)).is_healthy
    server.close()


async def test_silence_times_out_and_says_after_how_long() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    said = await asked(talk, timeout=0.1)
    assert (said.is_healthy, said.reason) == (False, "timed out after 0.1 s")


async def test_a_head_that_drips_times_out_as_a_whole() -> None:
    said = await asked(saying(*[b"H"] * 50, pause=0.05), timeout=0.2)
    assert said.reason == "timed out after 0.2 s"
    assert said.seconds < 0.5


async def test_a_close_without_a_word_is_told_as_such() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")

    assert (await asked(talk)).reason == "closed without an answer"


async def test_what_is_not_http_is_unhealthy() -> None:
    assert (await asked(saying(b"SSH-2.0-OpenSSH_9.2\r\n"))).reason == "no answer in HTTP"
    assert (await asked(saying(b"HTTP/1.1 2000 OK\r\n\r\n"))).reason == "no answer in HTTP"


async def test_an_endless_body_is_neither_read_nor_waited_for() -> None:
    sent = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()
            sent += 65536

    said = await asked(talk)
    assert said.is_healthy
    assert said.seconds < 0.5
    await asyncio.sleep(0.05)
    assert sent < 16 * 1024 * 1024


async def test_an_endless_head_is_no_answer() -> None:
    said = await asked(saying(b"X" * 100_000))
    assert (said.is_healthy, said.reason) == (False, "no answer in HTTP")


async def test_a_server_that_keeps_the_connection_open_costs_no_time() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer("200 OK"))
        await reader.read()

    said = await asked(talk)
    assert said.is_healthy
    assert said.seconds < 0.09


async def test_a_lack_of_our_own_is_not_held_against_the_replica() -> None:
    held: list[int] = []
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    async with listening(saying(answer("200 OK"))) as address:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
            while True:
                try:
                    held.append(os.dup(0))
                except OSError:
                    break
            with pytest.raises(ProbeImpossible):
                await probe(target(address), 1.0)
        finally:
            for descriptor in held:
                os.close(descriptor)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_a_prober_too_busy_to_listen_says_so_instead_of_blaming() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        time.sleep(0.3)  # noqa: ASYNC251 - the point: nobody gets a turn
        await asyncio.sleep(0.2)

    with pytest.raises(ProbeImpossible):
        await asked(talk, timeout=0.1)
