"""Ids: 96 bits (32 of seconds, 64 of chance and count), so that ids made later sort later.

One identity, several spellings (DESIGN 4.1): the bare form is 24 lower-case hex digits; ZenML sees
the same bits inside a version-8 UUID; Outpost's `svc_` id is a short form for show only.
"""

import re
import uuid

_HEX24 = re.compile(r"[0-9a-f]{24}\Z")


def compose(*, seconds: int, chance: int) -> str:
    """An id from whole seconds since 1970 and 64 bits that no other id of that second has."""
    return f"{seconds & 0xFFFFFFFF:08x}{chance & 0xFFFFFFFFFFFFFFFF:016x}"


def is_id(text: str) -> bool:
    return _HEX24.match(text) is not None


def to_uuid(id_: str) -> uuid.UUID:
    """The id's bits inside a UUID of version 8 (RFC 9562): 48 + 12 + 36 payload bits, rest zero."""
    bits = int(id_, 16)
    high, middle, low = bits >> 48, (bits >> 36) & 0xFFF, bits & 0xFFFFFFFFF
    return uuid.UUID(int=(high << 80) | (8 << 76) | (middle << 64) | (0b10 << 62) | low)


def from_uuid(value: uuid.UUID) -> str | None:
    """The id inside one of our UUIDs, or None where the UUID was not made by `to_uuid`."""
    number = value.int
    id_ = f"{number >> 80:012x}{(number >> 64) & 0xFFF:03x}{number & 0xFFFFFFFFF:09x}"
    return id_ if to_uuid(id_) == value else None


def short(id_: str) -> str:
    """Twelve hex digits for show (Outpost's `svc_` ids): the ones that vary most."""
    return id_[-12:]
