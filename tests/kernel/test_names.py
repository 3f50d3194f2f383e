"""Names that become addresses: what is a handle, a slug, a public host name, and what is not."""

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as some

from shared.kernel.names import (
    HANDLE,
    RESERVED_HANDLES,
    SLUG_LENGTH_MAX,
    host_of,
    is_handle,
    slug_of,
)


@for_any(some.text(max_size=200))
def test_a_slug_is_empty_or_a_host_label_and_its_own_slug(name: str) -> None:
    slug = slug_of(name)
    assert len(slug) <= SLUG_LENGTH_MAX
    assert slug == "" or HANDLE.match(slug)
    assert slug_of(slug) == slug


@pytest.mark.parametrize("handle", sorted(RESERVED_HANDLES))
def test_words_of_our_own_paths_are_no_handles(handle: str) -> None:
    assert HANDLE.match(handle)
    assert not is_handle(handle)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("api.example.com", "api.example.com"),
        ("API.Example.COM.", "api.example.com"),
        (" api.example.com ", "api.example.com"),
        ("api.example。com。", "api.example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("api。example。com", "api.example.com"),
    ],
)
def test_a_public_host_has_one_spelling(text: str, host: str) -> None:
    assert host_of(text) == host


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "\u3002",
        "api.example.com\n",
        "api.example.com\x00",
        "api.example.com\u3002\u3002",
        "com",
        "localhost",
        "a..com",
        "-a.com",
        "a-.com",
        "a_b.com",
        "a.com:80",
        "a.com/x",
        "u@a.com",
        "*.a.com",
        "a.com,b.com",
        "10.0.0.1",
        "127.1",
        "0x7f.1",
        "1.2.3",
        "a.0x7f",
        "２.１.１.１",
        "[::1]",
        "::1",
        "a b.com",
        "a\tb.com",
        "x" * 64 + ".com",
        ".".join(["a" * 60] * 5),
        "xn--.com",
        "a.com\x00",
    ],
)
def test_what_could_be_taken_for_an_address_or_is_no_name_is_refused(text: str) -> None:
    assert host_of(text) is None


@for_any(some.text(max_size=60))
def test_the_spelling_of_a_host_is_its_own_spelling(text: str) -> None:
    host = host_of(text)
    assert host is None or host_of(host) == host
