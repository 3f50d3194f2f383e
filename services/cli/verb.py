"""What a verb of the command is, how it says things, and the exit codes they all share.

Documents go to stdout, everything else to stderr; with --json both are JSON."""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import TextIO


class Exit(IntEnum):
    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    NOT_ALLOWED = 4
    UNREACHABLE = 7
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    is_json: bool
    out: TextIO
    err: TextIO

    @classmethod
    def of_terminal(cls, *, is_json: bool) -> "Output":
        return cls(is_json=is_json, out=sys.stdout, err=sys.stderr)

    def document(self, value: dict[str, object], text: str) -> None:
        print(json.dumps(value, ensure_ascii=False) if self.is_json else text, file=self.out)

    def error(self, what: str, *, why: str = "", next_step: str = "") -> None:
        if self.is_json:
            error = {"error": what, "why": why, "next": next_step}
            print(json.dumps(error, ensure_ascii=False), file=self.err)
            return
        print(f"error: {what}", file=self.err)
        for name, text in (("why: ", why), ("next:", next_step)):
            if text:
                print(f"  {name} {text}", file=self.err)

    def progress(self, text: str) -> None:
        """Over the same line on a terminal, a line each elsewhere."""
        if not self.is_json:
            end = "\r" if self.err.isatty() else "\n"
            print(text, end=end, file=self.err, flush=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    name: str
    summary: str
    examples: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Output], Exit]
