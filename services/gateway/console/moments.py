"""Moments as people type them: what `spoken_time` reads, a position, or `now`.

A typed word becomes an absolute time before any page is made of it, so that a link keeps meaning
what it meant."""

import re
from datetime import datetime, tzinfo

from services.gateway.moments import NOW, Moment
from shared.kernel.spoken_time import parse_spoken_time

_POSITION = re.compile(r"[0-9]{1,18}\Z")


def typed(text: str, *, now: datetime, zone: tzinfo) -> Moment | None:
    """None where nobody can tell what it means. The future is not refused here."""
    text = text.replace(",", "").strip()
    if not text or text.lower() == "now":
        return NOW
    if _POSITION.match(text):
        return Moment(position=int(text))
    time = parse_spoken_time(text, now=now, zone=zone)
    return None if time is None else Moment(time=time)
