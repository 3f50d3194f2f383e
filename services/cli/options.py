"""Options that many verbs share, spelled and explained once."""

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from services.cli import server
from services.cli.refused import Refused
from services.cli.verb import Exit
from shared.kernel.spoken_time import parse_spoken_time
from shared.kernel.time import format_rfc3339

T = TypeVar("T")


def reading(parser: argparse.ArgumentParser) -> None:
    server.add_arguments(parser)
    parser.add_argument(
        "--as-of",
        type=moment,
        metavar="TIME",
        help="as it was then: RFC 3339, a position of the log, -2h, 'tue 14:00' (UTC)",
    )


def writing(parser: argparse.ArgumentParser) -> None:
    server.add_arguments(parser)
    parser.add_argument("--reason", metavar="TEXT", help="why; it is kept in the history")
    parser.add_argument("--as-of", type=_not_the_past, help=argparse.SUPPRESS)
    parser.set_defaults(writes=True)


def watching(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--watch", action="store_true", help="again and again, with what changed; Ctrl-C ends"
    )


def project(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--project",
        metavar="HANDLE",
        default=None,
        help="whose services; CHRONOPLANE_PROJECT, else the context's, else 'default'",
    )
    parser.set_defaults(needs_project=True)


def service(parser: argparse.ArgumentParser, *, optional: bool = False) -> None:
    project(parser)
    parser.add_argument(
        "service",
        metavar="SERVICE",
        nargs="?" if optional else None,
        help="its name, PROJECT/NAME, or its id (of a removed one: the id)",
    )


def moment(text: str) -> str:
    """A position or an absolute time: what was typed must mean the same a second later."""
    text = text.replace(",", "").strip()
    if text.isascii() and text.isdigit():
        return text
    time = parse_spoken_time(text, now=datetime.now(UTC), zone=UTC)
    if time is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no moment: try 2026-11-17T14:02:00Z, a position, -2h or 'tue 14:00'"
        )
    return format_rfc3339(time)


def time(text: str) -> str:
    """A moment where a position of the log does not do."""
    found = moment(text)
    if found.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is a position; give a time: -2h, 'tue 14:00'")
    return found


def number(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found < 1e12:
        raise argparse.ArgumentTypeError(f"{text!r} must be a number, not below 0")
    return found


def checked(of: Callable[[str], T], text: str) -> T:
    """As argparse would have it, where the text comes from elsewhere."""
    try:
        return of(text)
    except argparse.ArgumentTypeError as error:
        raise Refused(str(error), exit_=Exit.USAGE) from error


def count(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else -1
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text!r} must be a whole number")
    return number


def _not_the_past(text: str) -> str:
    raise argparse.ArgumentTypeError("belongs to reading commands: the past is fixed")
