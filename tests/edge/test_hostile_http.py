"""Bytes that try to confuse proxy and replica (THREATS A3): refused, or passed on unambiguously."""

import pytest

from tests.edge.harness import HOST, Edge, HaproxyProcess, Replica, parse, raw, table

H = f"Host: {HOST}\r\n"
BODY = "5\r\nhello\r\n0\r\n\r\n"


@pytest.fixture
async def routed(edge: Edge, replica: Replica) -> Replica:
    await edge.route(table(replica.backend()))
    return replica


async def _send(haproxy: HaproxyProcess, text: str) -> bytes:
    return await raw(haproxy.port, text.encode("latin-1"), seconds=1.0)


REFUSED = {
    "two lengths": f"POST / HTTP/1.1\r\n{H}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "signed length": f"POST / HTTP/1.1\r\n{H}Content-Length: +4\r\n\r\nhell",
    "xchunked": f"POST / HTTP/1.1\r\n{H}Transfer-Encoding: xchunked\r\n\r\n{BODY}",
    "chunked, identity": f"PUT / HTTP/1.1\r\n{H}Transfer-Encoding: chunked, identity\r\n\r\n{BODY}",
    "blank before colon": f"POST / HTTP/1.1\r\n{H}Content-Length : 5\r\n\r\nhello",
    "bare CR": f"GET / HTTP/1.1\r\n{H}X: a\rb\r\n\r\n",
    "fragment in target": f"GET /#x HTTP/1.1\r\n{H}\r\n",
    "two different hosts": f"GET / HTTP/1.1\r\n{H}Host: other.acme.localhost\r\n\r\n",
    "foreign absolute form": f"GET http://other.acme.localhost/ HTTP/1.1\r\n{H}\r\n",
    "chunked in HTTP/1.0": f"POST / HTTP/1.0\r\n{H}Transfer-Encoding: chunked\r\n\r\n{BODY}",
    "NUL in a value": f"GET / HTTP/1.1\r\n{H}X: a\x00b\r\n\r\n",
    "NUL in a name": f"GET / HTTP/1.1\r\n{H}X\x00: a\r\n\r\n",
    "comma in host": "GET / HTTP/1.1\r\nHost: api.acme.localhost,x\r\n\r\n",
    "userinfo in host": "GET / HTTP/1.1\r\nHost: x@api.acme.localhost\r\n\r\n",
    "no version": "GARBAGE\r\n\r\n",
    "chunk size with a sign": f"POST / HTTP/1.1\r\n{H}Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
    "HTTP/9.9": f"GET / HTTP/9.9\r\n{H}\r\n",
}
REFUSED["too many headers"] = f"GET / HTTP/1.1\r\n{H}" + "X: 1\r\n" * 150 + "\r\n"
REFUSED["a header too long"] = f"GET / HTTP/1.1\r\n{H}X: {'a' * 20_000}\r\n\r\n"


@pytest.mark.parametrize("what", sorted(REFUSED))
async def test_malformed_requests_are_refused_and_reach_nobody(
    what: str, haproxy: HaproxyProcess, routed: Replica
) -> None:
    answer = parse(await _send(haproxy, REFUSED[what]))
    assert 400 <= answer.status < 506
    assert answer.status != 404
    assert routed.heads == []


async def test_length_and_chunks_together_become_one_unambiguous_request(
    haproxy: HaproxyProcess, routed: Replica
) -> None:
    smuggled = "GET /smuggled HTTP/1.1\r\nHost: x.y\r\n\r\n"
    text = (
        f"POST / HTTP/1.1\r\n{H}Content-Length: {len(smuggled) + 5}\r\n"
        f"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}"
    )
    await _send(haproxy, text)
    first = routed.heads[0].lower()
    assert b"content-length" not in first
    assert first.endswith(b"0\r\n\r\n")
    assert not any(b"/smuggled" in head for head in routed.heads)


async def test_only_websocket_upgrades_pass(haproxy: HaproxyProcess, routed: Replica) -> None:
    await _send(
        haproxy,
        f"GET / HTTP/1.1\r\n{H}Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n"
        "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n",
    )
    (head,) = routed.heads
    assert b"h2c" not in head
    assert b"http2-settings" not in head.lower()


async def test_forwarding_headers_are_ours_alone(haproxy: HaproxyProcess, routed: Replica) -> None:
    await _send(
        haproxy,
        f"GET / HTTP/1.1\r\n{H}X-Forwarded-For: 6.6.6.6\r\nX_Forwarded_For: 6.6.6.6\r\n"
        "X-Forwarded-Proto: https\r\nX-Forwarded-User: root\r\nForwarded: for=6.6.6.6\r\n"
        "X-Real-IP: 6.6.6.6\r\nChronoplane-Actor: admin\r\nProxy: http://evil\r\n\r\n",
    )
    head = routed.heads[0].lower()
    for stranger in (b"6.6.6.6", b"x_forwarded", b"x-forwarded-user", b"chronoplane", b"evil"):
        assert stranger not in head
    assert b"x-forwarded-for: 127.0.0.1\r\n" in head
    assert b"x-forwarded-proto: http\r\n" in head
    assert f"x-forwarded-host: {HOST}\r\n".encode() in head


async def test_headers_named_by_connection_do_not_travel_as_orders(
    haproxy: HaproxyProcess, routed: Replica
) -> None:
    await _send(
        haproxy,
        f"GET / HTTP/1.1\r\n{H}Connection: close, X-Forwarded-For\r\nKeep-Alive: 300\r\n"
        "Proxy-Authorization: Basic x\r\nTE: gzip\r\n\r\n",
    )
    head = routed.heads[0].lower()
    assert b"connection: close, x-forwarded-for" not in head
    for hop in (b"keep-alive: ", b"proxy-authorization", b"te: gzip"):
        assert hop not in head
    assert b"x-forwarded-for: 127.0.0.1" in head


@pytest.mark.parametrize(
    ("given", "is_kept"),
    [("abc-DEF_1.2", True), ("short", False), ("a" * 65, False), ("x y z aaaaa", False)],
)
async def test_request_ids_are_kept_where_they_are_well_formed(
    given: str, is_kept: bool, haproxy: HaproxyProcess, routed: Replica
) -> None:
    answer = parse(
        await _send(
            haproxy, f"GET / HTTP/1.1\r\n{H}X-Request-ID: {given}\r\nConnection: close\r\n\r\n"
        )
    )
    passed = next(
        line.split(b": ")[1]
        for line in routed.heads[0].split(b"\r\n")
        if line.lower().startswith(b"x-request-id: ")
    ).decode()
    assert (passed == given) is is_kept
    assert answer.headers["x-request-id"] == passed


async def test_a_slow_request_head_is_given_up(folder_slow: HaproxyProcess) -> None:
    answer = await raw(folder_slow.port, b"GET / HTTP/1.1\r\nHost: ", seconds=4)
    assert answer.startswith(b"HTTP/1.1 408")
