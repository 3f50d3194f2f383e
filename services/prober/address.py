"""Where a replica is reached, as its runtime wrote it down: the only kind of address we dial.

A type of its own: no URL that somebody typed can come to be probed here (THREATS row 15)."""

import ipaddress
import os
from dataclasses import dataclass
from urllib.parse import quote

from shared.queries.services import ProbeTarget

_UNIX = "unix@"
_UNIX_BYTES_MAX = 107
# What a path may hold as it is; all else, such as letters beyond ASCII, is percent-encoded.
_PATH_SAFE = "/?&=;:@!$'()*+,~%"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnixAddress:
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TcpAddress:
    host: str
    port: int


Address = UnixAddress | TcpAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaTarget:
    replica_id: str
    service_id: str
    project_id: str
    address: Address
    path: str

    @property
    def key(self) -> str:
        return self.replica_id

    @property
    def request(self) -> bytes:
        # `localhost` is the one name that frameworks with a list of allowed hosts let in by
        # themselves.
        return (
            f"GET {self.path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: chronoplane-prober\r\n"
            "Accept: */*\r\nConnection: close\r\n\r\n"
        ).encode("ascii")


def target_of(document: ProbeTarget) -> ReplicaTarget | None:
    """None where the address is not one a runtime of ours writes."""
    address = address_of(document.address)
    if address is None:
        return None
    return ReplicaTarget(
        replica_id=document.replica_id,
        service_id=document.service_id,
        project_id=document.project_id,
        address=address,
        path=quote(document.path, safe=_PATH_SAFE),
    )


def address_of(text: str) -> Address | None:
    if text.startswith(_UNIX):
        return _unix(text.removeprefix(_UNIX))
    host, _, port = text.rpartition(":")
    try:
        numeric = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
        number = int(port)
    except ValueError:
        return None
    if not 1 <= number <= 65535:
        return None
    return TcpAddress(host=str(numeric), port=number)


def _unix(path: str) -> UnixAddress | None:
    if not path.startswith("/") or "\x00" in path or len(os.fsencode(path)) > _UNIX_BYTES_MAX:
        return None
    return UnixAddress(path=path)
