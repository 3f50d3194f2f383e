"""`--watch`: a reading verb again and again. A terminal sees the newest, with marks at changes; a
pipe gets a line for each change, with its kind."""

import argparse
import io
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from services.cli.output import Output
from services.cli.refused import Refused
from services.cli.table import Cell, Table, rendered
from services.cli.verb import Exit

EVERY_SECONDS: Final = 2.0
MARK: Final = "> "
_HOME: Final = "\x1b[H\x1b[J"
_KINDS: Final = {"added": "+", "changed": "~", "removed": "-"}

Run = Callable[[argparse.Namespace, Output], Exit]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look(Output):
    """What one look brought: the rows of its tables as a pipe gets them, and its JSON, by what
    names each of them. `before` is the look before this one."""

    before: "Look | None" = None
    rows: dict[str, tuple[str, ...]] = field(default_factory=dict)
    items: dict[str, Any] = field(default_factory=dict)

    def document(self, value: object, text: str) -> None:
        self.items[""] = self.chosen(value)
        print(text, file=self.out)

    def table(self, values: Sequence[object], table: Table, *, empty: str) -> None:
        for number, value in enumerate(values):
            self.items[_name(value, number)] = self.chosen(value)
        for line in self.lines_of(table) if table.rows else [f"  {empty}"]:
            print(line, file=self.out)

    def lines_of(self, table: Table) -> list[str]:
        keys = [self._keep(row) for row in table.rows]
        if not self.is_terminal:
            return ["\t".join(self.rows[key]) for key in keys]
        width = shutil.get_terminal_size().columns - len(MARK)
        head, *lines = rendered(table, width=width, painted=self.painted)
        marked = [self._mark(key) + line for key, line in zip(keys, lines, strict=True)]
        return [" " * len(MARK) + head, *marked]

    def _keep(self, row: tuple[Cell, ...]) -> str:
        plain = tuple(cell.plain for cell in row)
        key, number = plain[0], 1
        while key in self.rows:  # Two of one name: the second by its place.
            number += 1
            key = f"{plain[0]}\t{number}"
        self.rows[key] = plain
        return key

    def _mark(self, key: str) -> str:
        is_same = self.before is None or self.before.rows.get(key) == self.rows[key]
        return " " * len(MARK) if is_same else self.painted(MARK, "warn")


def watched(run: Run, chosen: argparse.Namespace, output: Output) -> Exit:
    """Ends with Ctrl-C. A gateway that goes away meanwhile is waited for."""
    if getattr(chosen, "as_of", None) is not None:
        raise Refused(
            "the past does not change: --watch does not go with --as-of", exit_=Exit.USAGE
        )
    before: Look | None = None
    while True:
        look = _look_of(output, before)
        try:
            run(chosen, look)
        except Refused as refused:
            if before is None or not refused.may_pass:
                raise
            output.note(f"{refused.what}; trying again", "warn")
        else:
            _show(look, output)
            before = look
        time.sleep(EVERY_SECONDS)


def _look_of(output: Output, before: Look | None) -> Look:
    return Look(
        is_json=output.is_json,
        out=io.StringIO(),
        err=output.err,
        is_terminal=output.is_terminal and not output.is_json,
        colours_out=output.colours_out,
        colours_err=output.colours_err,
        fields=output.fields,
        is_quiet=output.is_quiet,
        before=before,
    )


def _show(look: Look, output: Output) -> None:
    before = look.before
    if look.is_json:
        for kind, item in changes(None if before is None else before.items, look.items):
            output.line({"kind": kind, "item": item}, "")
        return
    if look.is_terminal:
        text = look.out.getvalue() if isinstance(look.out, io.StringIO) else ""
        head = f"every {EVERY_SECONDS:g} s, {datetime.now(UTC):%H:%M:%S} UTC; Ctrl-C ends"
        print(f"{_HOME}{output.painted(head, 'off')}\n{text}", end="", file=output.out, flush=True)
        return
    for kind, row in changes(None if before is None else before.rows, look.rows):
        output.line(row, "\t".join((_KINDS[kind], *row)))


def changes(before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Each with its kind: what was removed as it was last."""
    known = before or {}
    found = [
        ("changed" if key in known else "added", item)
        for key, item in now.items()
        if key not in known or known[key] != item
    ]
    return found + [("removed", item) for key, item in known.items() if key not in now]


def _name(value: object, number: int) -> str:
    if isinstance(value, dict):
        for name in ("id", "position", "handle", "name"):
            if value.get(name) is not None:
                return str(value[name])
    return str(number)
