"""Looks at ports before anything starts, so that a taken one is a sentence and not a crash loop."""

import errno
import socket
import time
from pathlib import Path

from deploy.failure import CannotStart
from shared.runtime.settings import Settings

# A stack that was killed a moment ago needs this long to let go of its ports.
PATIENCE_SECONDS = 3.0


def check_ports(settings: Settings) -> None:
    if settings.gateway_port == settings.edge_port:
        raise CannotStart(
            f"Gateway and edge cannot share port {settings.edge_port}; "
            "see CHRONOPLANE_GATEWAY_PORT and CHRONOPLANE_EDGE_PORT."
        )
    _check(settings.gateway_host, settings.gateway_port, "CHRONOPLANE_GATEWAY")
    _check(settings.edge_host, settings.edge_port, "CHRONOPLANE_EDGE")
    if settings.edge_tls_port is not None:
        _check(settings.edge_host, settings.edge_tls_port, "CHRONOPLANE_EDGE_TLS")
    if settings.nats_url is None and settings.nats_port is not None:
        _check(settings.nats_host, settings.nats_port, "CHRONOPLANE_NATS")


def free_port(host: str = "127.0.0.1") -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def kept_port(file: Path, host: str) -> int:
    """The port of the last start, so that subscribers find us again; another where it is taken."""
    if (port := _kept(file)) is None or _refusal(host, port, "CHRONOPLANE_NATS") is not None:
        port = free_port(host)
        file.write_text(f"{port}\n", encoding="ascii")
    return port


def _kept(file: Path) -> int | None:
    try:
        text = file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    return int(text) if text.isdigit() and 0 < int(text) < 65536 else None


def _check(host: str, port: int, setting: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (refusal := _refusal(host, port, setting)) is not None:
        if refusal[0] != errno.EADDRINUSE or time.monotonic() > deadline:
            raise CannotStart(refusal[1])
        time.sleep(0.1)


def _refusal(host: str, port: int, setting: str) -> tuple[int, str] | None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        return (error.errno or 0, _sentence(error, host, port, setting))
    return None


def _sentence(error: OSError, host: str, port: int, setting: str) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"Port {port} on {host} is taken; choose another with {setting}_PORT."
        case errno.EACCES:
            return f"This user may not listen on port {port}; choose another with {setting}_PORT."
        case _:
            return f"Cannot listen on {host} ({error.strerror or error}); see {setting}_HOST."
