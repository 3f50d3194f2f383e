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
    fields: tuple[str, ...] = ()  # of JSON: only these, where some are named
    is_quiet: bool = False

    @classmethod
    def of_terminal(
        cls,
        *,
        is_json: bool,
        fields: tuple[str, ...] = (),
        is_quiet: bool = False,
        is_plain: bool = False,
    ) -> "Output":
        # Any value of NO_COLOR counts, but for an empty one (no-color.org).
        wanted = not (is_plain or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb")
        return cls(
            is_json=is_json,
            out=sys.stdout,
            err=sys.stderr,
            is_terminal=sys.stdout.isatty(),
            colours_out=wanted and sys.stdout.isatty(),
            colours_err=wanted and sys.stderr.isatty(),
            fields=fields,
            is_quiet=is_quiet,
        )

    # -- to stdout

    def document(self, value: object, text: str) -> None:
        print(self._json(value) if self.is_json else text, file=self.out)

    def table(self, values: Sequence[object], table: Table, *, empty: str) -> None:
        """A list: JSON always holds one, on a terminal an empty one is said in words."""
        if self.is_json:
            print(self._json(list(values)), file=self.out)
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
        shown = self._json(value) if self.is_json else text
        print(shown, file=self.out, flush=True)

    def _json(self, value: object) -> str:
        return json.dumps(self.chosen(value), ensure_ascii=False)

    def pretty(self, value: object) -> str:
        """For people where they read it; a pipe gets a line."""
        chosen, indent = self.chosen(value), 2 if self.is_terminal else None
        return visible_lines(json.dumps(chosen, ensure_ascii=False, indent=indent))

    def chosen(self, value: object) -> object:
        """Its wanted fields; a field that is not there is null, as `a.b` is of no a."""
        if not self.fields:
            return value
        if isinstance(value, list):
            return [self.chosen(item) for item in value]
        if not isinstance(value, dict):
            return value
        return {name: _at(value, name.split(".")) for name in self.fields}

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
        if not self.is_json and not self.is_quiet:
            print(self._err(visible(text), tone), file=self.err, flush=True)

    def confirmed(self, question: str) -> bool:
        """Whether a person says yes. Without a terminal there is nobody to ask: that is a no."""
        if not sys.stdin.isatty():
            self.error("this needs a yes", next_step="give --yes where no person can be asked")
            return False
        if (self.asked(f"{question} [y/N]") or "").lower() in ("y", "yes"):
            return True
        self.note("nothing was done")
        return False

    def asked(self, question: str) -> str | None:
        """What a person types; None where there is none."""
        if not sys.stdin.isatty():
            return None
        print(f"{visible(question)} ", end="", file=self.err, flush=True)
        return sys.stdin.readline().strip()

    def progress(self, text: str) -> None:
        """Over the same line on a terminal, a line each elsewhere."""
        if not self.is_json and not self.is_quiet:
            end = "\r" if self.err.isatty() else "\n"
            print(text, end=end, file=self.err, flush=True)

    def _err(self, text: str, tone: str) -> str:
        return f"\x1b[{TONES[tone]}m{text}\x1b[0m" if self.colours_err and tone in TONES else text


def _at(value: object, path: list[str]) -> object:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def visible_lines(text: str) -> str:
    return "\n".join(visible(line) for line in text.split("\n"))
