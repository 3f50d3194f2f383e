"""Values to JSON and back. Types are named by the catalogs, never by import path.

Encoding is orjson on stdlib dataclasses; decoding is pydantic's validator for the same dataclass,
so what arrives is checked once, here, and is typed from then on."""

from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from shared.domain.catalog import COMMANDS, EVENTS, REJECTIONS
from shared.kernel.unset import UNSET
from shared.queries.catalog import DOCUMENTS, QUESTIONS

_NAMES: dict[type, str] = {
    **{cls: name for name, cls in COMMANDS.items()},
    **{cls: name for name, (cls, _) in EVENTS.items()},
    **{cls: name for name, cls in REJECTIONS.items()},
    **{cls: name for name, cls in QUESTIONS.items()},
    **{cls: name for name, cls in DOCUMENTS.items()},
}
_CLASSES: dict[str, type] = {name: cls for cls, name in _NAMES.items()}


class Undecodable(ValueError):
    """A message that is not what its name says. The text names places, never values."""


@cache
def adapter(cls: type) -> TypeAdapter[Any]:
    return TypeAdapter(cls)


def name_of(value: object) -> str:
    return _NAMES[type(value)]


def class_of(name: str) -> type:
    try:
        return _CLASSES[name]
    except KeyError:
        raise Undecodable(f"no message is called {name!r:.80}") from None


def encode(value: Any) -> bytes:
    """The JSON of a dataclass (its fields; enums by value; times RFC 3339).

    A field that is UNSET is left out and its default brings it back: any text in its place would
    decode as that text, because a union of `str` and an enum prefers the string."""
    cls: type = type(value)
    unset = [name for name in _unsettable(cls) if getattr(value, name) is UNSET]
    if unset:
        value = {
            name: getattr(value, name) for name in value.__dataclass_fields__ if name not in unset
        }
    return orjson.dumps(value, option=orjson.OPT_UTC_Z)


@cache
def _unsettable(cls: type) -> tuple[str, ...]:
    if not is_dataclass(cls):
        return ()
    return tuple(field.name for field in fields(cls) if field.default is UNSET)


def decode(cls: type, body: bytes | str) -> Any:
    try:
        return adapter(cls).validate_json(body)
    except ValidationError as error:
        places = ", ".join(
            ".".join(map(str, e["loc"])) + ": " + e["type"] for e in error.errors()[:5]
        )
        raise Undecodable(f"not a {cls.__name__}: {places}") from None


def decode_object(cls: type, value: object) -> Any:
    """The same for what was JSON already parsed."""
    return decode(cls, orjson.dumps(value))
