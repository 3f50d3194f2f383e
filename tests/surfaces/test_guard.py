"""Hostile requests: framing, targets, paths and JSON, each refused before anybody reads on."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
import pytest_asyncio

from services.gateway.serve import http_server
from tests.surfaces.stubs import TOKEN, Gateway, gateway_of

SEED = "/auth/v1/seed/acme/services"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/nothing/like/this", "error"),
        ("/acme/services/", "error"),
        ("/acme//services", "error"),
        ("/acme%2Fservices", "error"),
        ("/acme/service/a%00", "error"),
        ("/acme/service/%ff", "error"),
        ("/auth/v1/nothing", "error"),
        ("/opsy/v1/whoami", "error"),
        ("/ops", "type"),
        ("/ops/v1/whoami/", "type"),
        ("/ops/v1/nothing", "type"),
        ("/health/nothing", "type"),
    ],
)
async def test_a_path_of_nobody_is_404_in_the_words_of_its_prefix(
    gateway: Gateway, path: str, code: str
) -> None:
    for headers in ({}, {"Authorization": ""}):
        response = await gateway.ask("GET", path, headers=headers)
        assert response.status_code == 404
        assert code in response.json()
        is_problem = response.headers["content-type"] == "application/problem+json"
        assert is_problem is (code == "type")


@pytest.mark.parametrize(
    ("method", "path", "allowed", "media_type"),
    [
        ("DELETE", "/acme/services", "GET", "application/json"),
        ("GET", f"{SEED}/a/redeploy", "POST", "application/json"),
        ("PUT", "/ops/v1/whoami", "GET", "application/problem+json"),
    ],
)
async def test_a_wrong_method_is_405_with_what_is_allowed(
    gateway: Gateway, method: str, path: str, allowed: str, media_type: str
) -> None:
    response = await gateway.ask(method, path)
    assert response.status_code == 405
    assert allowed in response.headers["allow"].split(", ")
    assert response.headers["content-type"] == media_type


async def test_a_head_request_is_a_get_without_a_body(gateway: Gateway) -> None:
    assert (await gateway.ask("HEAD", "/acme/service/a")).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"name": NaN}',
        b'{"name": Infinity}',
        b'{"port": 1e999}',
        b'{"name": "\\ud800"}',
        b'{"name": "a\\u0000"}',
        b'{"a\\u0000": 1}',
        b'{"a":' + b"[" * 65 + b"]" * 65 + b"}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'"text"',
        b"null",
        b"[]",
        b"\xff\xfe",
        b"{'name': 1}",
    ],
)
@pytest.mark.parametrize("path", [SEED, "/ops/v1/projects"])
async def test_json_that_breaks_readers_is_400(gateway: Gateway, path: str, body: bytes) -> None:
    response = await gateway.ask("POST", path, content=body)
    assert response.status_code == 400
    assert gateway.dispatch.sent == []


async def test_a_number_of_five_thousand_digits_is_400(gateway: Gateway) -> None:
    body = b'{"name": "a", "gpu": "none", "port": ' + b"9" * 5000 + b"}"
    assert (await gateway.ask("POST", SEED, content=body)).status_code == 400


@pytest.mark.parametrize("name", ["a\n", "a b", "a\u202e", "ａ"])
async def test_a_name_is_carried_to_the_domain_as_it_was_sent(gateway: Gateway, name: str) -> None:
    await gateway.ask("POST", SEED, json={"name": name, "gpu": "none", "repo": "a/b"})
    assert gateway.dispatch.sent[0].command.name == name


async def test_a_body_over_the_limit_is_413_in_the_dialect(gateway: Gateway) -> None:
    limit = gateway.parts.settings.body_limit_bytes
    response = await gateway.ask("POST", SEED, content=b'"' + b"x" * limit + b'"')
    assert response.status_code == 413
    assert response.json()["error"]["code"] == "invalid_request"

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(limit // 1024 + 1):
            yield b"x" * 1024

    headers = {"Transfer-Encoding": "chunked"}
    response = await gateway.ask("POST", "/ops/v1/projects", content=chunks(), headers=headers)
    assert response.status_code == 413
    assert response.json()["code"] == "too_large"


async def test_a_compressed_body_is_refused(gateway: Gateway) -> None:
    response = await gateway.ask(
        "POST", SEED, content=b"\x1f\x8b", headers={"Content-Encoding": "gzip"}
    )
    assert response.status_code == 400


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("client-id-1", True),
        ("short", False),
        ("x" * 65, False),
        ("bad id with spaces", False),
        ("id-1234;drop", False),
    ],
)
async def test_a_request_id_is_kept_only_where_it_is_well_formed(
    gateway: Gateway, given: str, kept: bool
) -> None:
    headers = {"X-Request-ID": given}
    response = await gateway.ask("GET", "/nothing", headers=headers)
    shown = response.headers["x-request-id"]
    assert (shown == given) is kept
    assert response.json()["error"]["request_id"] == shown


@pytest.mark.parametrize("reason", ["x" * 501, "%00"])
async def test_a_reason_that_cannot_be_kept_is_refused(gateway: Gateway, reason: str) -> None:
    response = await gateway.ask("GET", "/acme/service/a", headers={"X-Reason": reason})
    assert response.status_code == 400


@pytest_asyncio.fixture
async def port(keys_dir: Path) -> AsyncIterator[int]:
    """A real server, because what is tested is how its parser and the guard agree."""
    made = gateway_of(keys_dir)
    listener = socket.create_server(("127.0.0.1", 0))
    server = http_server(made.parts.settings, made.app)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    yield listener.getsockname()[1]
    server.should_exit = True
    await serving
    await made.client.aclose()


async def raw(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    try:
        async with asyncio.timeout(5):
            return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionResetError):
        return b""
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


AUTHORIZED = b"Authorization: Bearer " + TOKEN.encode() + b"\r\n"
LINE = b"GET /acme/service/a HTTP/1.1\r\n"


@pytest.mark.parametrize(
    "request_bytes",
    [
        LINE + b"\r\n",
        LINE + b"Host: a\r\nHost: b\r\n\r\n",
        LINE + b"Host: a\r\nHost: a\r\n\r\n",
        LINE + b"Host: \r\n\r\n",
        LINE + b"Host: a,b\r\n\r\n",
        LINE + b"Host: u@a\r\n\r\n",
        LINE + b"Host: a/b\r\n\r\n",
        b"GET http://other/acme/service/a HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET http://a/acme/service/a HTTP/1.1\r\nHost: a\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
        LINE + b"Host: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        LINE + b"Host: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n12345",
        LINE + b"Host: a\r\nContent-Length: +4\r\n\r\n1234",
        LINE + b"Host: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"GET /acme/service/a HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        LINE + b"Host: a\r\nX: a\x00b\r\n\r\n",
        LINE + b"Host : a\r\n\r\n",
    ],
)
async def test_a_request_that_two_readers_read_in_two_ways_is_400(
    port: int, request_bytes: bytes
) -> None:
    line, _, rest = request_bytes.partition(b"\r\n")
    answer = await raw(port, line + b"\r\n" + AUTHORIZED + rest)
    assert answer.startswith(b"HTTP/1.1 400 ")


async def test_an_honest_request_on_the_same_server_is_answered(port: int) -> None:
    answer = await raw(port, LINE + b"Host: localhost:1\r\n" + AUTHORIZED + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"\r\nserver:" not in answer.lower()
