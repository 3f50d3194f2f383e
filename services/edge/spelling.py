"""Which names and addresses the edge accepts from a route table. Pure.

The control plane has decided already; this is the second lock. A blank or a semicolon in any of
them would be one more command on HAProxy's admin socket."""

import ipaddress
import re

from shared.bus.routes import Backend, RouteTable

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\Z")
_SOCKET = re.compile(r"unix@/[A-Za-z0-9_./+=@-]{1,104}\Z")
HOLD_LIMIT_MAX = 10_000
HOLD_SECONDS_MAX = 3600


def refused_table(table: RouteTable) -> str | None:
    """Why nothing of the table can be used, or None."""
    if not _NAME.match(table.service_id):
        return "service_id_refused"
    if table.generation < 0:
        return "generation_refused"
    hold = table.hold
    if not (0 <= hold.limit <= HOLD_LIMIT_MAX and 0 <= hold.seconds <= HOLD_SECONDS_MAX):
        return "hold_refused"
    return None


def refused_host(host: str, own: frozenset[str]) -> str | None:
    labels = host.split(".")
    is_normal = (
        len(host) <= 253
        and len(labels) >= 2
        and all(_LABEL.match(label) for label in labels)
        and not labels[-1].isdigit()
    )
    if not is_normal or host in own:
        return f"host_refused: {host[:100]!a}"
    return None


def refused_backend(backend: Backend) -> str | None:
    if not _NAME.match(backend.replica_id):
        return "replica_id_refused"
    if _SOCKET.match(backend.address) or _is_numeric(backend.address):
        return None
    return f"address_refused: {backend.address[:100]!a}"


def _is_numeric(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return port.isascii() and port.isdigit() and 0 < int(port) <= 65535 and len(port) <= 5
