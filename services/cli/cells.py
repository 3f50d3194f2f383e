"""What the tables of several verbs hold: states, times, people, values. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from services.cli.table import Cell
from shared.kernel.time import parse_rfc3339
from shared.kernel.visible import look_of, pointer_words, value_text, visible, who

REASON_LENGTH = 60
_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def text(value: str | int | None, tone: str = "") -> Cell:
    return Cell("-" if value is None or value == "" else visible(str(value)), tone)


def state(word: str | None) -> Cell:
    look = look_of(word)
    return Cell(f"{look.icon} {look.word}", look.tone, look.word)


def when(moment: str | None, now: datetime | None = None) -> Cell:
    """To the second, and how long ago; exactly, where no person reads it."""
    time = None if moment is None else parse_rfc3339(moment)
    if moment is None or time is None:
        return Cell("-")
    now = now or datetime.now(UTC)
    pattern = "%H:%M:%S" if time.date() == now.date() else "%d %b %Y %H:%M:%S"
    return Cell(f"{time:{pattern}} UTC, {ago(time, now)}", "", moment)


def ago(time: datetime, now: datetime) -> str:
    seconds = round((now - time).total_seconds())
    if seconds < 0:
        return "ahead"
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return "now"


def time_of(moment: str | None) -> datetime | None:
    return None if moment is None else parse_rfc3339(moment)


def lasted(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def clock(moment: str) -> Cell:
    """The time of day, for lines that come one after the other."""
    time = parse_rfc3339(moment)
    return Cell(moment if time is None else f"{time:%H:%M:%S}", "off", moment)


def by(event: Mapping[str, Any]) -> Cell:
    return Cell(visible(who(str(event["actor"]), str(event["actor_name"]))))


def value(of: Any) -> Cell:
    return Cell(value_text(of))


def field(pointer: str) -> Cell:
    words = pointer_words(pointer.removeprefix("/workload") or pointer)
    return Cell(visible(words), "", visible(pointer))


def sign(operation: str) -> Cell:
    return {
        "add": Cell("+", "ok"),
        "remove": Cell("-", "bad"),
    }.get(operation, Cell("~", "warn"))
