"""JSON text in and out, one place: orjson, and the limits every text of a client must keep."""

from typing import Any

import orjson

DEPTH_MAX = 64

Json = dict[str, Any]


def dumps(value: object) -> str:
    return orjson.dumps(value).decode("utf-8")


def canonical(value: object) -> bytes:
    """The same bytes for the same value: sorted keys, no white space."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def loads(text: str | bytes) -> Any:
    return orjson.loads(text)


def unacceptable(value: object, depth: int = 0) -> str | None:
    """Why a decoded value cannot be stored: NUL in a text or nesting beyond 64; None where it can.

    Postgres refuses NUL, and a deep value would exhaust the stack of whoever walks it next."""
    if depth > DEPTH_MAX:
        return f"nested deeper than {DEPTH_MAX} levels"
    if isinstance(value, str):
        return "a NUL character" if "\x00" in value else None
    if isinstance(value, dict):
        for key, item in value.items():
            if "\x00" in key:
                return "a NUL character"
            if (why := unacceptable(item, depth + 1)) is not None:
                return why
    elif isinstance(value, list):
        for item in value:
            if (why := unacceptable(item, depth + 1)) is not None:
                return why
    return None
