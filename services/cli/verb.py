"""What a verb of the command is, and the exit codes they all share."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from services.cli.output import Output


class Exit(IntEnum):
    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    NOT_ALLOWED = 4
    CHANGES = 5  # a plan or a diff found some, and --exit-code asked for it to be told
    TIME_OUT = 6  # nothing failed: what was begun goes on
    UNREACHABLE = 7
    NOT_PROVEN = 8  # an export does not verify
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """`actions` are the second words of a verb that has some; the first of them is meant where
    none is said."""

    name: str
    summary: str
    examples: str = ""
    add_arguments: Callable[[argparse.ArgumentParser], None] = lambda parser: None
    run: Callable[[argparse.Namespace, Output], Exit] | None = None
    actions: tuple["Verb", ...] = ()
