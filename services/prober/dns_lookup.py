"""The DNS by dnspython: two kinds of records, asked of the operator's servers or the machine's."""

import ipaddress
from typing import Any

import dns.asyncresolver
import dns.exception
import dns.nameserver
import dns.resolver

from services.prober.domains import LookupFailed

LOOKUP_SECONDS = 3.0
RECORDS_MAX = 20
PORT = 53


class DnsServersInvalid(ValueError):
    """A sentence about the setting."""


class DnsLookup:
    """`servers`: addresses, each with `:port` where it is not 53; none means the machine's own."""

    def __init__(self, servers: tuple[str, ...] = ()) -> None:
        try:
            self._resolver = dns.asyncresolver.Resolver(configure=not servers)
        except dns.resolver.NoResolverConfiguration as error:
            raise DnsServersInvalid("this machine names no DNS server") from error
        if servers:
            self._resolver.nameservers = [_nameserver(server) for server in servers]
        self._resolver.lifetime = LOOKUP_SECONDS
        self._resolver.cache = None  # A record that was written a moment ago counts.

    async def cname(self, name: str) -> tuple[str, ...]:
        answer = await self._asked(name, "CNAME")
        return tuple(
            record.target.to_text(omit_final_dot=True).lower() for record in answer[:RECORDS_MAX]
        )

    async def txt(self, name: str) -> tuple[str, ...]:
        answer = await self._asked(name, "TXT")
        return tuple(
            b"".join(record.strings).decode("utf-8", errors="replace")
            for record in answer[:RECORDS_MAX]
        )

    async def _asked(self, name: str, kind: str) -> list[Any]:
        try:
            answer = await self._resolver.resolve(
                f"{name}.", kind, raise_on_no_answer=False, search=False
            )
        except dns.resolver.NXDOMAIN:
            return []
        except (dns.exception.DNSException, OSError) as error:
            raise LookupFailed(f"{type(error).__name__} for {name}") from error
        return list(answer)


def _nameserver(text: str) -> dns.nameserver.Nameserver:
    has_port = text.count(":") == 1 or "]:" in text
    host, _, port = text.rpartition(":") if has_port else (text, "", "")
    try:
        address = ipaddress.ip_address(host.strip("[]"))
        return dns.nameserver.Do53Nameserver(str(address), int(port or PORT))
    except ValueError:
        raise DnsServersInvalid(f"{text!r} is no address of a DNS server") from None
