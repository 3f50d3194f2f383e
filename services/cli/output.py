"""Where a verb's words go: documents to stdout, all else to stderr; with --json both are JSON.

Colour and cut tables are for terminals only. Text of services is anybody's: what it holds of
control characters is shown, not obeyed."""

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from services.cli.table import Cell, Table, rendered
from shared.kernel.visible import visible

TONES: Mapping[str, str] = {
    "ok": "32", "busy": "34", "warn": "33", "bad": "31", "off": "90", "past": "35", "strong": "1",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    is_json: bool
    out: TextIO
    err: TextIO
    is_terminal: bool = False
    colours_out: bool = False
    colours_err: bool = False

    @classmethod
    def of_terminal(cls, *, is_json: bool) -> "Output":
        # Any value of NO_COLOR counts, but for an empty one (no-color.org).
        wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        return cls(
            is_json=is_json,
            out=sys.stdout,
            err=sys.stderr,
            is_terminal=sys.stdout.isatty(),
            colours_out=wanted and sys.stdout.isatty(),
            colours_err=wanted and sys.stderr.isatty(),
        )

    # -- to stdout

    def document(self, value: object, text: str) -> None:
        print(json.dumps(value, ensure_ascii=False) if self.is_json else text, file=self.out)

    def table(self, values: Sequence[object], table: Table, *, empty: str) -> None:
        """A list: JSON always holds one, on a terminal an empty one is said in words."""
        if self.is_json:
            print(json.dumps(list(values), ensure_ascii=False), file=self.out)
        elif table.rows or not self.is_terminal:
            for line in self.lines_of(table):
                print(line, file=self.out)
        else:
            self.note(empty)

    def lines_of(self, table: Table) -> list[str]:
        if not self.is_terminal:
            return ["\t".join(cell.plain for cell in row) for row in table.rows]
        return rendered(table, width=shutil.get_terminal_size().columns, painted=self.painted)

    def line(self, value: object, text: str) -> None:
        """One of a stream: whoever reads it wants it now."""
        shown = json.dumps(value, ensure_ascii=False) if self.is_json else text
        print(shown, file=self.out, flush=True)

    def painted(self, text: str, tone: str) -> str:
        return f"\x1b[{TONES[tone]}m{text}\x1b[0m" if self.colours_out and tone in TONES else text

    def cell(self, cell: Cell) -> str:
        """One cell by itself, in a line of its own making."""
        return self.painted(cell.text, cell.tone) if self.is_terminal else cell.plain

    # -- to stderr

    def error(self, what: str, *, why: str = "", next_step: str = "") -> None:
        if self.is_json:
            error = {"error": what, "why": why, "next": next_step}
            print(json.dumps(error, ensure_ascii=False), file=self.err)
            return
        print(f"{self._err('error:', 'bad')} {visible(what)}", file=self.err)
        for name, text in (("why: ", why), ("next:", next_step)):
            if text:
                print(f"  {name} {visible(text)}", file=self.err)

    def note(self, text: str, tone: str = "") -> None:
        if not self.is_json:
            print(self._err(visible(text), tone), file=self.err, flush=True)

    def confirmed(self, question: str) -> bool:
        """Whether a person says yes. Without a terminal there is nobody to ask: that is a no."""
        if not sys.stdin.isatty():
            self.error("this needs a yes", next_step="give --yes where no person can be asked")
            return False
        print(f"{question} [y/N] ", end="", file=self.err, flush=True)
        if sys.stdin.readline().strip().lower() in ("y", "yes"):
            return True
        self.note("nothing was done")
        return False

    def progress(self, text: str) -> None:
        """Over the same line on a terminal, a line each elsewhere."""
        if not self.is_json:
            end = "\r" if self.err.isatty() else "\n"
            print(text, end=end, file=self.err, flush=True)

    def _err(self, text: str, tone: str) -> str:
        return f"\x1b[{TONES[tone]}m{text}\x1b[0m" if self.colours_err and tone in TONES else text
