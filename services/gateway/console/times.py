"""Times as the console prints them: exact, with the zone, the relative word beside, never alone.

Relative words count from the moment that a page shows, so that a page of the past reads as then."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from markupsafe import Markup

from shared.kernel.time import format_rfc3339

_SPANS = ((86_400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """`at` is the moment of the page."""

    zone: tzinfo
    at: datetime
    is_now: bool

    def full(self, time: datetime) -> Markup:
        return self._time(time, f"{self.day(time)} {self.clock(time)} {self.zone_word(time)}")

    def exact(self, time: datetime) -> Markup:
        local = time.astimezone(self.zone)
        text = f"{local:%H:%M:%S}.{local.microsecond // 1000:03d} {self.zone_word(time)}"
        return self._time(time, self._other_day(time) + text)

    def brief(self, time: datetime) -> Markup:
        """The day is left out where it is that of the page."""
        return self._time(time, f"{self._other_day(time)}{self.clock(time)} {self.zone_word(time)}")

    def relative(self, time: datetime) -> Markup:
        seconds = (self.at - time).total_seconds()
        word = "ago" if self.is_now else "before"
        if seconds < 0:
            word = "from now" if self.is_now else "after"
        live = Markup(' data-relative="{}"').format(format_rfc3339(time)) if self.is_now else ""
        text = "just now" if abs(seconds) < 1 and self.is_now else f"{span(abs(seconds))} {word}"
        return Markup('<span class="soft"{}>{}</span>').format(live, text)

    def plain(self, time: datetime) -> str:
        return f"{self.day(time)} {self.clock(time)} {self.zone_word(time)}"

    def day(self, time: datetime) -> str:
        local = time.astimezone(self.zone)
        return f"{local.day} {local:%b %Y}"

    def clock(self, time: datetime) -> str:
        return f"{time.astimezone(self.zone):%H:%M:%S}"

    def zone_word(self, time: datetime) -> str:
        return time.astimezone(self.zone).tzname() or ""

    def _other_day(self, time: datetime) -> str:
        local, here = time.astimezone(self.zone), self.at.astimezone(self.zone)
        if local.date() == here.date():
            return ""
        return f"{self.day(time)} " if local.year != here.year else f"{local.day} {local:%b} "

    def _time(self, time: datetime, text: str) -> Markup:
        return Markup('<time datetime="{}">{}</time>').format(format_rfc3339(time), text)


def span(seconds: float) -> str:
    """`4 min 20 s`, `3 d 4 h`: the two largest units."""
    whole = int(seconds)
    for size, unit, smaller, smaller_unit in _SPANS:
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size} {unit}" + (f" {rest} {smaller_unit}" if rest else "")
    return f"{seconds:.1f} s" if 0 < seconds < 1 else f"{whole} s"


def zone_of(name: str) -> tzinfo | None:
    """None for what is no zone; a name is a path below the zones' folder, so it is checked."""
    if len(name) > 60 or not all(part.isidentifier() for part in _parts(name)):
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _parts(name: str) -> list[str]:
    return name.replace("-", "_").replace("+", "_").split("/")
