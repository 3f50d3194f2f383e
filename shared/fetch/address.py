"""Whether an address is of the public internet, judged after resolution, never by spelling.

`ipaddress.is_global` is not enough (seen on 3.11): it lets pass addresses that carry another one
inside (NAT64, 6to4, IPv4-compatible) and the wire servers of clouds."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address

_NAT64 = ip_network("64:ff9b::/96")
_6TO4 = ip_network("2002::/16")
_COMPATIBLE = ip_network("::/96")
_TRANSLATED = ip_network("::ffff:0:0:0/96")
_TEREDO = ip_network("2001::/32")

_DENIED = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "168.63.129.16/32",  # Azure's wire server
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "224.0.0.0/3",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)


def parsed(text: str) -> Address | None:
    """None also for a scoped address: `fe80::1%eth0` chooses the interface, which is ours."""
    if "%" in text:
        return None
    try:
        return ip_address(text)
    except ValueError:
        return None


def unwrapped(address: Address) -> Address:
    """The IPv4 address that a packet to this one would reach in the end."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    number = int(address)
    if address in _NAT64 or address in _TRANSLATED or address in _COMPATIBLE:
        return IPv4Address(number & 0xFFFFFFFF)
    if address in _6TO4:
        return IPv4Address(number >> 80 & 0xFFFFFFFF)
    return address


def is_public(address: Address) -> bool:
    if address in _TEREDO if isinstance(address, IPv6Address) else False:
        return False
    inner = unwrapped(address)
    if any(inner in network for network in _DENIED if network.version == inner.version):
        return False
    return inner.is_global and not inner.is_multicast
