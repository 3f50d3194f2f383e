"""Moments: aware UTC datetimes, RFC 3339 in and out. The clock itself is in shared/runtime."""

import re
from datetime import UTC, datetime

_RFC3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})\Z"
)


def parse_rfc3339(text: str) -> datetime | None:
    """The moment, or None where the text is not RFC 3339. A '+' that a URL turned into a space is
    forgiven; digits past microseconds are cut."""
    if len(text) > 40:
        return None
    candidate = re.sub(r" (\d{2}:\d{2})\Z", r"+\1", text)
    match = _RFC3339.match(candidate)
    if match is None:
        return None
    if (fraction := match.group(1)) is not None and len(fraction) > 7:
        candidate = candidate.replace(fraction, fraction[:7], 1)
    try:
        return datetime.fromisoformat(candidate.upper().replace("Z", "+00:00")).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def format_rfc3339(moment: datetime) -> str:
    """Microseconds and `Z`, as every surface of ours prints unless its page says otherwise."""
    # Not strftime: every answer prints several, and isoformat is ten times as fast.
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"
