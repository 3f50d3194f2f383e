"""Which addresses are refused however they are spelled, and what an operator may allow."""

import socket

import pytest

from shared.fetch.address import is_public, parsed
from shared.fetch.client import Fetcher, TargetRefused, TargetUnreachable
from shared.fetch.policy import Policy, PolicyInvalid

INSIDE = [
    "127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "168.63.129.16", "192.0.0.192", "192.0.0.8", "198.18.0.1", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "192.88.99.1", "192.0.2.1", "198.51.100.1", "203.0.113.1",
    "::", "::1", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:0:127.0.0.1", "::127.0.0.1",
    "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "64:ff9b::7f00:1", "64:ff9b:1::1",
    "2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:c0a8:101::1", "2001::1", "100::1", "5f00::1",
    "2001:0:7f00:1::1",
]  # fmt: skip
SPELLINGS = [
    "0x7f.1",
    "2130706433",
    "127.1",
    "0177.0.0.1",
    "127.0.0.1",
    "localhost",
    "１２７.0.0.1",
]


@pytest.mark.parametrize("text", INSIDE)
def test_what_lies_inside_is_not_public(text: str) -> None:
    address = parsed(text)
    assert address is not None
    assert not is_public(address)


@pytest.mark.parametrize(
    "text", ["93.184.215.14", "8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808"]
)
def test_the_public_internet_is_public(text: str) -> None:
    address = parsed(text)
    assert address is not None
    assert is_public(address)


def test_a_scoped_address_is_none() -> None:
    assert parsed("fe80::1%lo") is None


@pytest.mark.parametrize("host", SPELLINGS)
async def test_a_spelling_of_ourselves_is_refused_after_resolution(host: str) -> None:
    fetcher = Fetcher(Policy())
    try:
        with pytest.raises((TargetRefused, TargetUnreachable)):
            await fetcher.post(f"http://{host}:8080/", b"", {})
    finally:
        await fetcher.close()


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "gopher://example.com/", "ftp://example.com/", "//example.com/",
        "http://", "http://user:pw@example.com/", "http://example.com:99999/", "nonsense",
        "http://exa mple.com/", "http://example.com:0/", "http://ex%41mple.com%2f@x/",
    ],
)  # fmt: skip
async def test_what_is_no_plain_web_address_is_never_resolved(url: str) -> None:
    asked: list[str] = []

    async def noting(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    fetcher = Fetcher(Policy(), resolve=noting)
    try:
        with pytest.raises(TargetRefused):
            await fetcher.post(url, b"", {})
    finally:
        await fetcher.close()
    assert asked == []


@pytest.mark.parametrize(("port", "allowed"), [(22, False), (25, False), (80, True), (8443, True)])
def test_ports_of_other_protocols_are_refused_in_public_too(port: int, allowed: bool) -> None:
    address = parsed("93.184.215.14")
    assert address is not None
    assert Policy().allows("example.com", address, port) is allowed


async def test_one_bad_answer_of_a_name_is_enough() -> None:
    async def two(host: str, port: int) -> list[str]:
        return ["93.184.215.14", "127.0.0.1"]

    fetcher = Fetcher(Policy(), resolve=two)
    try:
        with pytest.raises(TargetRefused):
            await fetcher.post("https://example.com/", b"", {})
    finally:
        await fetcher.close()


@pytest.mark.parametrize(
    ("text", "host", "address", "port", "allowed"),
    [
        ("", "x", "10.0.0.1", 80, False),
        ("10.0.0.0/8", "x", "10.0.0.1", 22, True),
        ("10.0.0.0/8", "x", "11.0.0.1", 22, False),
        ("10.0.0.0/8", "x", "::ffff:10.0.0.1", 80, True),
        ("127.0.0.1:9000", "x", "127.0.0.1", 9000, True),
        ("127.0.0.1:9000", "x", "127.0.0.1", 9001, False),
        ("[::1]:9000", "x", "::1", 9000, False),
        ("hooks.internal", "hooks.internal", "10.9.9.9", 443, True),
        ("hooks.internal", "other.internal", "10.9.9.9", 443, False),
        ("hooks.internal:443, 10.1.0.0/16", "hooks.internal", "10.9.9.9", 80, False),
    ],
)
def test_an_operator_allows_networks_and_names(
    text: str, host: str, address: str, port: int, allowed: bool
) -> None:
    judged = parsed(address)
    assert judged is not None
    assert Policy.of(text).allows(host, judged, port) is allowed


@pytest.mark.parametrize("text", ["10.0.0.0/99", "a b", "host:port", "host:0", "http://x"])
def test_a_wrong_rule_is_told(text: str) -> None:
    with pytest.raises(PolicyInvalid):
        Policy.of(text)


async def test_the_resolver_of_the_system_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def counting(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    fetcher = Fetcher(Policy.of("127.0.0.1"), resolve=counting)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        server.close()
        try:
            with pytest.raises(TargetUnreachable):
                await fetcher.post(f"http://rebinding.test:{port}/", b"", {})
        finally:
            await fetcher.close()
    assert asked == ["rebinding.test"]
