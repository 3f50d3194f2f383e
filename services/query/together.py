"""A statement for many rows at once: the same statement, its parameters read from arrays.

What a statement for one row says with `%(name)s` the one for many says with the column `w_name` of
`given`. Most shapes are turned over here; one that cannot be has its own text in the folder `many`
beside the SQL files of its view, where `$given` stands for the rows. A batch has no two rows of one
key in one group (apply.py), so no row of a table is meant twice, unless a text in `many` says so.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from struct import pack
from typing import Any

from psycopg import AsyncConnection

from shared.eventstore.arrays import BinaryArray

_PARAMETER = re.compile(r"%\((\w+)\)s")
_COMMENT = re.compile(r"^\s*--[^\n]*\n", re.MULTILINE)
_VALUES = re.compile(
    r"(insert into view\.\w+(?: as \w+)? \([^)]*\)\s*)values \((.*)\)\s*\Z", re.DOTALL
)
_SELECT_FROM = re.compile(
    r"(insert into .*\bselect\b.*\bfrom )(view\.\w+ \w+\s+where .*)\Z", re.DOTALL
)
_UPDATE = re.compile(r"(update view\.\w+(?: \w+)?\s+set [^;]*?)(\s+where .*)\Z", re.DOTALL)
_ENDED = re.compile(
    r"with ended as \(\s*(update view\.\w+ \w+ set .*?)(\s+where .*?)"
    r"(?:(\s+returning \w+\.\*))?\)(?=[,\s]*(?:\w+ as \(|insert))(.*)\Z",
    re.DOTALL,
)
_SOURCE = re.compile(r"\bfrom (\w+(?:\.\w+)?)")
_STEP = re.compile(r"\b(\w+) as \(")

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def _text(value: str) -> bytes:
    return value.encode()


def _time(value: datetime) -> bytes:
    return pack("!q", (value - _EPOCH) // _MICROSECOND)


def _number(value: int) -> bytes:
    return pack("!i", value)


def _big(value: int) -> bytes:
    return pack("!q", value)


def _truth(value: bool) -> bytes:
    return b"\x01" if value else b"\x00"


# By a parameter's type: what its array is of, and how an element is written. JSON travels as text.
_Dump = Callable[[Any], bytes]
_TYPES: dict[int, tuple[str, int, _Dump]] = {
    25: ("text", 25, _text),
    1043: ("text", 25, _text),
    114: ("text", 25, _text),
    3802: ("text", 25, _text),
    23: ("int", 23, _number),
    20: ("bigint", 20, _big),
    16: ("boolean", 16, _truth),
    1184: ("timestamptz", 1184, _time),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """`columns`: name, type of the elements, how each is written."""

    text: str
    columns: tuple[tuple[str, int, _Dump], ...]

    def parameters(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, BinaryArray]:
        return {
            name: BinaryArray(
                oid,
                [None if (value := row[name]) is None else dump(value) for row in rows],
            )
            for name, oid, dump in self.columns
        }


_FORMS: dict[tuple[str, str | None], Together | None] = {}


async def form_of(connection: AsyncConnection, one: str, many: str | None) -> Together | None:
    """Asked of the server once per statement and process: its types are the schema's."""
    if (one, many) not in _FORMS:
        _FORMS[one, many] = await together(connection, one, many)
    return _FORMS[one, many]


async def together(connection: AsyncConnection, one: str, many: str | None) -> Together | None:
    """The form for many rows of the statement for one; None where it has none. `many` is the text
    of its own, where somebody wrote one."""
    shape = many if many is not None else turned_over(one)
    if shape is None:
        return None
    names = list(dict.fromkeys(_PARAMETER.findall(one)))
    types = await _types(connection, one, names)
    if any(oid not in _TYPES for oid in types):
        return None
    arrays = ", ".join(
        f"%({name})s::{_TYPES[oid][0]}[]" for name, oid in zip(names, types, strict=True)
    )
    columns = ", ".join(f"w_{name}" for name in names)
    given = f"given as (select * from unnest({arrays}) as g({columns}))"  # noqa: S608 - names of ours
    return Together(
        text=shape.replace("$given", given),
        columns=tuple(
            (name, _TYPES[oid][1], _TYPES[oid][2]) for name, oid in zip(names, types, strict=True)
        ),
    )


async def _types(connection: AsyncConnection, text: str, names: list[str]) -> list[int]:
    """As the server itself understands the statement for one row."""
    numbered = _PARAMETER.sub(lambda m: f"${names.index(m.group(1)) + 1}", text)
    await connection.execute(b"prepare statement_of_types as " + numbered.encode())
    try:
        cursor = await connection.execute(
            "select parameter_types::oid[]::int[] from pg_prepared_statements"
            " where name = 'statement_of_types'"
        )
        row = await cursor.fetchone()
    finally:
        await connection.execute("deallocate statement_of_types")
    if row is None:
        raise AssertionError("a statement that was just prepared is not there")
    return [int(oid) for oid in row[0]]


def turned_over(one: str) -> str | None:
    """None for a shape that is not known here."""
    text = _COMMENT.sub("", one).strip()
    made: str | None = None
    if (found := _VALUES.match(text)) is not None:
        made = f"with $given\n{found.group(1)}select {found.group(2)} from given"  # noqa: S608 - ours
    elif text.startswith("with ended as"):
        return _columns(_ended(text))
    elif text.startswith("update") and "from" not in text:
        found = _UPDATE.match(text)
        made = (
            None if found is None else f"with $given\n{found.group(1)} from given{found.group(2)}"
        )
    elif text.startswith("insert") and "limit" not in text:
        found = _SELECT_FROM.match(text)
        made = None if found is None else f"with $given\n{found.group(1)}given, {found.group(2)}"
    return _columns(made)


def _columns(text: str | None) -> str | None:
    return None if text is None else _PARAMETER.sub(r"w_\1", text)


def _ended(text: str) -> str | None:
    """A row ends and the next begins: what was given travels with the row that ended."""
    found = _ENDED.match(text)
    if found is None:
        return None
    update, where, returning, rest = found.groups()
    if " from " in update:
        return None
    if returning is None:
        return None  # Nothing would say that the old row ends before the new one begins.
    steps = {"ended", *_STEP.findall(rest)}
    # A step that reads anything but the ones before it would not know its row.
    if not set(_SOURCE.findall(rest)) <= steps or "join" in rest:
        return None
    return f"with $given,\nended as ({update} from given{where}{returning}, given.*){rest}"
