"""SQL files as statements: one per file, read once at start, never put together from values.

`valid(x)` in a read stands for "the row of table x that is true at the moment asked for": the open
one now, else the one around the position."""

import re
from collections.abc import Mapping
from pathlib import Path

_VALID = re.compile(r"\bvalid\((\w+)\)")
_TABLE = re.compile(r"\bview\.(\w+)\b")


class Statements:
    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = dict(texts)
        self._now = {name: _VALID.sub(r"\1.valid_to is null", text) for name, text in texts.items()}
        self._past = {name: _VALID.sub(_around, text) for name, text in texts.items()}

    @classmethod
    def of(cls, folder: Path) -> "Statements":
        return cls({file.stem: file.read_text("utf-8") for file in sorted(folder.glob("*.sql"))})

    def read(self, name: str, *, now: bool) -> str:
        return self._now[name] if now else self._past[name]

    def write(self, name: str) -> str:
        return self._texts[name]

    def names(self) -> tuple[str, ...]:
        return tuple(self._texts)

    def on_tables(self, tables: Mapping[str, str]) -> "Statements":
        """The same statements on other tables of the schema, for a version that is being built."""

        def renamed(match: re.Match[str]) -> str:
            return f"view.{tables.get(match.group(1), match.group(1))}"

        return Statements({name: _TABLE.sub(renamed, text) for name, text in self._texts.items()})


def _around(match: re.Match[str]) -> str:
    row = match.group(1)
    return (
        f"({row}.valid_from <= %(moment)s"
        f" and ({row}.valid_to is null or {row}.valid_to > %(moment)s))"
    )
