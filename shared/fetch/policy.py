"""Which targets the operator allows beside the public internet: networks and host names.

`fetch_allow` lists them with commas: `10.1.0.0/16`, `hooks.internal`, `127.0.0.1:9000`. A port
after a name or address narrows it to that port."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from shared.fetch.address import Address, is_public, unwrapped

PORTS = frozenset({80, 443})
PORT_FREE_FROM = 1024
_NAME = re.compile(
    r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z"
)


class PolicyInvalid(ValueError):
    """A sentence about the setting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A network or a name; `port` None means any."""

    network: IPv4Network | IPv6Network | None = None
    name: str | None = None
    port: int | None = None

    def allows(self, host: str, address: Address, port: int) -> bool:
        if self.port not in (None, port):
            return False
        if self.name is not None:
            return host == self.name
        return (
            self.network is not None
            and self.network.version == address.version
            and address in self.network
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    rules: tuple[Rule, ...] = ()

    @classmethod
    def of(cls, text: str) -> "Policy":
        return cls(rules=tuple(_rule(part.strip()) for part in text.split(",") if part.strip()))

    def allows(self, host: str, address: Address, port: int) -> bool:
        inner = unwrapped(address)
        if any(rule.allows(host, inner, port) for rule in self.rules):
            return True
        return (port in PORTS or port >= PORT_FREE_FROM) and is_public(address)


def _rule(text: str) -> Rule:
    network = _network(text)
    if network is not None:
        return Rule(network=network)
    place, colon, digits = text.rpartition(":")
    if not colon:
        return Rule(name=_checked_name(text))
    if not digits.isascii() or not digits.isdigit() or not 1 <= int(digits) <= 65535:
        raise PolicyInvalid(f"{text!r} has no port after its colon")
    network = _network(place.strip("[]"))
    if network is not None:
        return Rule(network=network, port=int(digits))
    return Rule(name=_checked_name(place), port=int(digits))


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text)
    except ValueError:
        return None


def _checked_name(text: str) -> str:
    name = text.lower().rstrip(".")
    if not _NAME.match(name):
        raise PolicyInvalid(f"{text!r} is no network, address or host name")
    return name
