"""Moments as people type them: `-2h`, `tue 14:00`, `17 Nov 2026 14:02`, RFC 3339.

Pure: the clock and the zone are given."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from shared.kernel.time import parse_rfc3339

LENGTH_MAX: Final = 60
_AGO = re.compile(r"-\s*([0-9]{1,6})\s*([smhdw])\Z")
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?\Z")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DATES = ("%d %b %Y", "%d %B %Y", "%Y-%m-%d", "%d %b", "%d %B")


def parse_spoken_time(text: str, *, now: datetime, zone: tzinfo) -> datetime | None:
    """None where nobody can tell what it means. The future is not refused here."""
    text = " ".join(text.replace(",", "").split())
    if not text or len(text) > LENGTH_MAX:
        return None
    if (time := parse_rfc3339(text)) is not None:
        return time
    words = re.sub(r"\s+UTC\Z", "", text, flags=re.IGNORECASE)
    zone = UTC if words != text else zone
    spoken = _ago(words, now) or _local(words, now.astimezone(zone))
    return None if spoken is None else spoken.astimezone(UTC)


def _ago(text: str, now: datetime) -> datetime | None:
    match = _AGO.match(text)
    if match is None:
        return None
    try:
        return now - timedelta(**{_UNITS[match.group(2)]: int(match.group(1))})
    except OverflowError:
        return None


def _local(text: str, here: datetime) -> datetime | None:
    """`14:00`, `tue 14:00`, `yesterday 14:00`, `17 Nov 2026 14:02:11`; the last such time."""
    day_text, _, clock_text = text.rpartition(" ")
    clock = _clock(clock_text)
    if clock is None:
        day_text, clock = text, (0, 0, 0)
    day = here if not day_text else _day(day_text.lower(), here)
    if day is None:
        return None
    time = day.replace(hour=clock[0], minute=clock[1], second=clock[2], microsecond=0)
    if time <= here:
        return time
    if not day_text:
        return time - timedelta(days=1)
    return time - timedelta(days=7) if day_text.lower()[:3] in _DAYS else time


def _clock(text: str) -> tuple[int, int, int] | None:
    match = _CLOCK.match(text)
    if match is None:
        return None
    hour, minute, second = (int(part or 0) for part in match.groups())
    return (hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def _day(text: str, here: datetime) -> datetime | None:
    if text in ("today", "yesterday"):
        return here - timedelta(days=text == "yesterday")
    if text[:3] in _DAYS and text.isalpha():
        return here - timedelta(days=(here.weekday() - _DAYS.index(text[:3])) % 7)
    for pattern in _DATES:
        has_year = "%Y" in pattern
        try:
            # Without a year strptime would refuse the 29th of February.
            parsed = datetime.strptime(
                text if has_year else f"{text} {here.year}",
                pattern if has_year else f"{pattern} %Y",
            )
        except ValueError:
            continue
        return here.replace(year=parsed.year, month=parsed.month, day=parsed.day)
    return None
