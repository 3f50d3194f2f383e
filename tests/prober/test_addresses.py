"""Only addresses that a runtime writes are dialled; everything else is no target."""

from datetime import UTC, datetime

import pytest

from services.prober.address import Address, TcpAddress, UnixAddress, address_of, target_of
from shared.queries.services import ProbeTarget


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("unix@/run/x.sock", UnixAddress(path="/run/x.sock")),
        ("127.0.0.1:8000", TcpAddress(host="127.0.0.1", port=8000)),
        ("10.1.2.3:65535", TcpAddress(host="10.1.2.3", port=65535)),
        ("[::1]:80", TcpAddress(host="::1", port=80)),
    ],
)
def test_a_runtimes_address_is_read(text: str, address: Address) -> None:
    assert address_of(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "unix@",
        "unix@relative.sock",
        "unix@/nul\x00byte",
        "unix@/" + "x" * 107,
        "localhost:80",
        "metadata.internal:80",
        "http://127.0.0.1:80",
        "127.0.0.1",
        "127.0.0.1:0",
        "127.0.0.1:65536",
        "127.0.0.1:port",
        "0x7f.1:80",
    ],
)
def test_anything_else_is_no_address(text: str) -> None:
    assert address_of(text) is None


def test_letters_beyond_ascii_in_a_path_are_encoded_and_the_rest_is_left() -> None:
    document = ProbeTarget(
        replica_id="a" * 24,
        service_id="b" * 24,
        project_id="c" * 24,
        deployment_id="d" * 24,
        address="127.0.0.1:80",
        path='/häl"th%20?a=b&c',
        is_ready=False,
        is_draining=False,
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    target = target_of(document)
    assert target is not None
    assert target.path == "/h%C3%A4l%22th%20?a=b&c"
