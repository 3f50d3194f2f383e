"""`dominostats.json`: what a job says of its own work, as names and values."""

import logging
from pathlib import Path

import orjson

from services.scheduler.runtimes.process.convention import read_text

log = logging.getLogger(__name__)

FILE = "dominostats.json"
STATS_MAX, NAME_MAX, VALUE_MAX = 200, 100, 500


def read_stats(work: Path) -> tuple[tuple[tuple[str, str], ...], str]:
    """The stats, and what is wrong with the file where it is none."""
    try:
        text = read_text(work / FILE)
        if text is None:
            return (), ""
        held = orjson.loads(text)
    except ValueError as error:
        return (), f"{FILE} is not read: {error}"[:300]
    if not isinstance(held, dict):
        return (), f"{FILE} is not read: it is no object"
    pairs = [
        (name, value if isinstance(value, str) else orjson.dumps(value).decode())
        for name, value in held.items()
        if not isinstance(value, dict | list)
    ]
    kept = [
        (name, value)
        for name, value in pairs
        if 0 < len(name) <= NAME_MAX and len(value) <= VALUE_MAX and "\x00" not in name + value
    ]
    note = "" if len(kept) == len(held) else f"{FILE}: only plain values are kept"
    return tuple(sorted(kept)[:STATS_MAX]), note
