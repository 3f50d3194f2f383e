"""SQL files as statements: one per file, read once at start, never put together from values.

`valid(x)` in a read stands for "the row of table x that is true at the moment asked for": the open
one now, else the one around the position.

A read that begins with `-- keyed` is asked for many keys at once where many come together: all its
parameters are text."""

import re
from collections.abc import Mapping
from pathlib import Path
from string import Template

_VALID = re.compile(r"\bvalid\((\w+)\)")
_KEYED = "-- keyed"
_PARAMETER = re.compile(r"%\((\w+)\)s")
_MANY_KEYS = Template(
    "select given.place::int, found.* from unnest($arrays) with ordinality"
    " as given($names, place), lateral (\n$one\n) as found"
)
_TABLE = re.compile(r"\bview\.(\w+)\b")


class Statements:
    def __init__(self, texts: Mapping[str, str], many: Mapping[str, str] | None = None) -> None:
        self._texts = dict(texts)
        self._many = dict(many or {})
        self._tables: Mapping[str, str] = {}
        self._now = {name: _VALID.sub(r"\1.valid_to is null", text) for name, text in texts.items()}
        self._joint = {
            name: _joint(text) for name, text in self._now.items() if text.startswith(_KEYED)
        }
        self._past = {name: _VALID.sub(_around, text) for name, text in texts.items()}

    @classmethod
    def of(cls, folder: Path) -> "Statements":
        return cls(_texts_of(folder), _texts_of(folder / "many"))

    def read(self, name: str, *, now: bool) -> str:
        return self._now[name] if now else self._past[name]

    def joint(self, name: str) -> str | None:
        """A read of now for many keys: arrays of parameters, rows that begin with their place."""
        return self._joint.get(name)

    def write(self, name: str) -> str:
        return self._texts[name]

    def many(self, name: str) -> str | None:
        """The text for many rows at once, where the one for one row cannot be turned over."""
        return self._many.get(name)

    def names(self) -> tuple[str, ...]:
        return tuple(self._texts)

    def on_tables(self, tables: Mapping[str, str]) -> "Statements":
        """The same statements on other tables of the schema, for a version that is being built."""

        def renamed(match: re.Match[str]) -> str:
            return f"view.{tables.get(match.group(1), match.group(1))}"

        other = Statements(
            {name: _TABLE.sub(renamed, text) for name, text in self._texts.items()},
            {name: _TABLE.sub(renamed, text) for name, text in self._many.items()},
        )
        other._tables = dict(tables)
        return other

    def table(self, name: str) -> str:
        return self._tables.get(name, name)


def _texts_of(folder: Path) -> dict[str, str]:
    return {file.stem: file.read_text("utf-8") for file in sorted(folder.glob("*.sql"))}


def _joint(text: str) -> str:
    names = list(dict.fromkeys(_PARAMETER.findall(text)))
    arrays = ", ".join(f"%({name})s::text[]" for name in names)
    # The columns compared with are of this collation: another one would use no index of theirs.
    one = _PARAMETER.sub(r'(given.\1 collate "C")', text)
    return _MANY_KEYS.substitute(arrays=arrays, names=", ".join(names), one=one)


def _around(match: re.Match[str]) -> str:
    row = match.group(1)
    return (
        f"({row}.valid_from <= %(moment)s"
        f" and ({row}.valid_to is null or {row}.valid_to > %(moment)s))"
    )
