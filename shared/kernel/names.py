"""Names that become addresses: handles of accounts and projects, slugs of services, host names."""

import ipaddress
import re

import idna

HANDLE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
SERVICE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
SLUG_LENGTH_MAX = 63

# Words of our own paths and surfaces: a project with such a handle could not be reached.
RESERVED_HANDLES = frozenset(
    "api auth console health metrics ops ready schema v1 projects pinned limits billing public "
    "seed service services zenml amigo microvisualizer outpost domino version gateway "
    "localhost".split()
)


def slug_of(name: str) -> str:
    """The host label of a service name: lower case, `_` as `-`, no dash at either end, at most 63.

    Empty where the name has no letter or digit; the caller refuses that."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:SLUG_LENGTH_MAX].rstrip("-")


def is_handle(text: str) -> bool:
    return HANDLE.match(text) is not None and text not in RESERVED_HANDLES


def host_of(text: str) -> str | None:
    """The normal form of a public host name, or None where it is none (a port, an address, one
    label only, an illegal label). Lower case, without a trailing dot, IDNA 2008."""
    candidate = text.strip(" ").lower().removesuffix(".")
    if not candidate or len(candidate) > 253 or any(c in candidate for c in ":/@*,\\ \t"):
        return None
    try:
        ipaddress.ip_address(candidate)
        return None
    except ValueError:
        pass  # Not an address, which is what we want.
    try:
        # Full stops of other scripts become dots only here, a last one too.
        host = idna.encode(candidate, uts46=True).decode("ascii").lower().removesuffix(".")
    except (idna.IDNAError, UnicodeError):
        return None
    labels = host.split(".")
    if len(labels) < 2 or labels[-1].isdigit() or re.fullmatch(r"0x[0-9a-f]*", labels[-1]):
        return None
    return host
