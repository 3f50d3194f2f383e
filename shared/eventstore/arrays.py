"""Arrays as Postgres's binary parameters, written by hand.

psycopg asks a dumper per element, and in text form it quotes in Python what the server parses
again; a batch has some thousand elements, and this is most of what an append costs us.
"""

from collections.abc import Iterable
from struct import pack

from psycopg.abc import AdaptContext
from psycopg.adapt import Dumper
from psycopg.pq import Format

_NULL = b"\xff\xff\xff\xff"
_TEXT, _BYTEA, _INT, _BIGINT, _BOOLEAN = 25, 17, 23, 20, 16


class BinaryArray:
    """An array already in its wire form, of one of the types below."""

    __slots__ = ("wire",)

    def __init__(self, element_type: int, elements: list[bytes | None]) -> None:
        parts = [
            _NULL if element is None else pack("!i", len(element)) + element for element in elements
        ]
        if not parts:
            self.wire = pack("!iiI", 0, 0, element_type)
            return
        has_null = int(None in elements)
        parts.insert(0, pack("!iiIii", 1, has_null, element_type, len(elements), 1))
        self.wire = b"".join(parts)


def texts(values: Iterable[str | None]) -> BinaryArray:
    return BinaryArray(_TEXT, [None if value is None else value.encode() for value in values])


def byteas(values: Iterable[bytes | None]) -> BinaryArray:
    return BinaryArray(_BYTEA, list(values))


def ints(values: Iterable[int]) -> BinaryArray:
    return BinaryArray(_INT, [pack("!i", value) for value in values])


def bigints(values: Iterable[int | None]) -> BinaryArray:
    return BinaryArray(_BIGINT, [None if value is None else pack("!q", value) for value in values])


def booleans(values: Iterable[bool]) -> BinaryArray:
    return BinaryArray(_BOOLEAN, [b"\x01" if value else b"\x00" for value in values])


class _BinaryArrayDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: BinaryArray) -> bytes:
        return obj.wire


def register(context: AdaptContext) -> None:
    """Without an oid of its own: the statement casts each parameter to the type it wants."""
    context.adapters.register_dumper(BinaryArray, _BinaryArrayDumper)
