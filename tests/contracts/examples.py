"""An example of every type that crosses a wire, made from its annotations: each field filled with a
value that differs from its default, so that a field lost on the way is seen."""

import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args, get_origin, get_type_hints

from shared.kernel.unset import Unset

MOMENT = datetime(2026, 3, 18, 12, 0, 0, 123456, tzinfo=UTC)


def example_of(cls: type, *, absent: bool = False) -> Any:
    """`absent`: every field that may be None is, and every one with a default keeps it."""
    hints = get_type_hints(cls)
    given = {}
    for field in fields(cls):
        if absent and not _is_required(field):
            continue
        given[field.name] = _value(hints[field.name], field.name, absent=absent)
    return cls(**given)


def _is_required(field: Any) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _value(hint: Any, name: str, *, absent: bool) -> Any:
    origin = get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        choices = [choice for choice in get_args(hint) if choice is not Unset]
        if absent and type(None) in choices:
            return None
        return _value(next(c for c in choices if c is not type(None)), name, absent=absent)
    if origin is Literal:
        return get_args(hint)[-1]
    if origin is tuple:
        args = get_args(hint)
        if args[-1] is Ellipsis:
            return () if absent else (_value(args[0], name, absent=absent),) * 2
        return tuple(_value(arg, name, absent=absent) for arg in args)
    if origin in (dict, Mapping):
        if (held := get_args(hint)[1]) is not Any:
            return {} if absent else {"a": _value(held, name, absent=absent)}
        return {"a": 1, "b": ["x", None, {"c": 1.5}]}
    if is_dataclass(hint):
        return example_of(typing.cast("type", hint), absent=absent)
    return {
        str: _text(name),
        int: 7,
        float: 2.5,
        bool: True,
        datetime: MOMENT,
        Any: {"free": "form"},
    }[hint]


def _text(name: str) -> str:
    if name.endswith("_id") or name == "id":
        return "65f0c1a2b3c4d5e6f7a8b9c0"
    return f"{name} ü\u2028\U0001f600"
