"""A selection (conditions, order, page) as SQL over the columns named here, values as parameters.

Columns, operators and orders come from the closed tables below, never from a text of a client.
The semantics are a registry's: LIKE without escapes and blind to the case of ASCII letters only,
numbers read from the beginning of a text, an absent value before all others."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from shared.kernel.ids import from_uuid, is_id
from shared.queries.registrations import Condition, Operator, Selection

_COMPARISONS: dict[Operator, str] = {
    "equals": "=",
    "notequals": "<>",
    "gt": ">",
    "gte": ">=",
    "lt": "<",
    "lte": "<=",
}
_LOWER = {ord(c): c.lower() for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
# Where the bits that are the same in every UUID of ours lie among its 32 digits.
_FIXED = ((12, "8"), (16, "8000000"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`sql` has the collation "C", so that order, equality and prefixes are those of its index."""

    kind: Literal["text", "id", "time"]
    sql: str


SERVICE: Mapping[str, Column] = {
    "id": Column(kind="id", sql="s.id"),
    "created": Column(kind="time", sql="s.created_at"),
    "updated": Column(kind="time", sql="s.updated_at"),
    "name": Column(kind="text", sql='s.name collate "C"'),
    "type": Column(kind="text", sql="s.service_type"),
    "flavor": Column(kind="text", sql="s.service_flavor"),
    "pipeline_name": Column(kind="text", sql="s.pipeline_name"),
    "pipeline_step_name": Column(kind="text", sql="s.pipeline_step_name"),
    "model_version_id": Column(kind="id", sql="s.model_version_id"),
    "pipeline_run_id": Column(kind="id", sql="s.pipeline_run_id"),
}
PERSON: Mapping[str, Column] = {
    "id": Column(kind="id", sql="p.id"),
    "name": Column(kind="text", sql='coalesce(p.handle, p.name collate "C")'),
    "full_name": Column(kind="text", sql='p.name collate "C"'),
}
PROJECT: Mapping[str, Column] = {
    "id": Column(kind="id", sql="q.id"),
    "created": Column(kind="time", sql="q.created_at"),
    "updated": Column(kind="time", sql="q.updated_at"),
    "name": Column(kind="text", sql="q.handle"),
    "display_name": Column(kind="text", sql='q.name collate "C"'),
}


@dataclass(slots=True)
class Parameters:
    values: dict[str, Any] = field(default_factory=dict)

    def hold(self, value: Any) -> str:
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f"%({name})s"


def where(conditions: list[str], *, any_of: bool) -> str:
    """To stand behind other conditions; nothing where there is none."""
    if not conditions:
        return ""
    return f"and ({(' or ' if any_of else ' and ').join(conditions)})"


def order(columns: Mapping[str, Column], selection: Selection, *, tie: str) -> str:
    direction = "desc nulls last" if selection.descending else "asc nulls first"
    tie_direction = "desc" if selection.descending else "asc"
    column = columns[selection.sort_by].sql
    if column == tie:
        return f"{tie} {tie_direction}"
    return f"{column} {direction}, {tie} {tie_direction}"


def condition(column: Column, asked: Condition, parameters: Parameters) -> str:
    match column.kind:
        case "time":
            return _time(column.sql, asked, parameters)
        case "id":
            return _id(column.sql, asked, parameters)
        case "text":
            return _text(column.sql, asked, parameters)


def _time(sql: str, asked: Condition, parameters: Parameters) -> str:
    if (absent := _absence(sql, asked.operator)) is not None:
        return absent
    if asked.operator == "in":
        low, high = asked.moments
        return f"{sql} between {parameters.hold(low)} and {parameters.hold(high)}"
    return f"{sql} {_COMPARISONS[asked.operator]} {parameters.hold(asked.moments[0])}"


def _text(sql: str, asked: Condition, parameters: Parameters) -> str:
    operator = asked.operator
    if (absent := _absence(sql, operator)) is not None:
        return absent
    if operator in ("oneof", "notoneof"):
        return _among(sql, operator, asked.texts, parameters)
    text = asked.texts[0] or ""
    if operator in ("equals", "notequals"):
        return f"{sql} {_COMPARISONS[operator]} {parameters.hold(text)}"
    if operator in _COMPARISONS:
        return _number(sql, operator, text, parameters)
    negation = "not " if operator == "notcontains" else ""
    pattern = parameters.hold(_PATTERNS[operator](text.translate(_LOWER).replace("\\", "\\\\")))
    return f"lower({sql}) {negation}like {pattern}"


_PATTERNS: dict[Operator, Callable[[str], str]] = {
    "contains": "%{}%".format,
    "notcontains": "%{}%".format,
    "startswith": "{}%".format,
    "endswith": "%{}".format,
}


def _id(sql: str, asked: Condition, parameters: Parameters) -> str:
    """Equality of whole UUIDs and prefixes by the id's own index; what is left by the spelling."""
    operator = asked.operator
    if (absent := _absence(sql, operator)) is not None:
        return absent
    if operator in ("oneof", "notoneof"):
        return _ids_among(sql, operator, asked.texts, parameters)
    text = asked.texts[0] or ""
    if operator in ("equals", "notequals"):
        id_, is_uuid = _id_of(text)
        if id_ is not None:
            return f"{sql} {_COMPARISONS[operator]} {parameters.hold(id_)}"
        if operator == "equals":
            return "false"
        return f"{sql} is not null" if is_uuid else "true"
    plain = text.replace("-", "").translate(_LOWER)
    if operator == "startswith" and not {"%", "_"} & set(plain):
        prefix = _prefix_of(plain)
        return "false" if prefix is None else f"{sql} like {parameters.hold(prefix + '%')}"
    return _text(
        f"view.uuid_digits({sql})",
        Condition(column="", operator=operator, texts=(plain,)),
        parameters,
    )


def _ids_among(
    sql: str, operator: Operator, texts: tuple[str | None, ...], parameters: Parameters
) -> str:
    found = [_id_of(text or "")[0] for text in texts]
    ids = tuple(id_ for id_ in found if id_ is not None)
    if ids or not texts:
        return _among(sql, operator, ids, parameters)
    return "false" if operator == "oneof" else f"{sql} is not null"


def _among(
    sql: str, operator: Operator, texts: tuple[str | None, ...], parameters: Parameters
) -> str:
    """An empty list asks for nothing in particular."""
    present = [text for text in texts if text is not None]
    if not texts:
        return "true"
    if operator == "oneof":
        among = f"{sql} = any({parameters.hold(present)}::text[])"
        return among if len(present) == len(texts) else f"({among} or {sql} is null)"
    # What is absent is unequal to nothing; a null in the list asks for what is present.
    return f"({sql} is not null and {sql} <> all({parameters.hold(present)}::text[]))"


def _number(sql: str, operator: Operator, text: str, parameters: Parameters) -> str:
    number = f"view.number_of({sql})"
    value = f"{parameters.hold(text)}::float8"
    return f"({number} <> 0 and {number} {_COMPARISONS[operator]} {value})"


def _absence(sql: str, operator: Operator) -> str | None:
    return {"isnull": f"{sql} is null", "isnotnull": f"{sql} is not null"}.get(operator)


def _id_of(text: str) -> tuple[str | None, bool]:
    """The id in either spelling, and whether the text is a UUID at all."""
    if is_id(text):
        return text, False
    try:
        return from_uuid(uuid.UUID(text)), True
    except ValueError:
        return None, False


def _prefix_of(digits: str) -> str | None:
    """The beginning of an id from that of its UUID; None where no UUID of ours begins so."""
    if len(digits) > 32:
        return None
    rest = digits
    for place, fixed in reversed(_FIXED):
        part = rest[place : place + len(fixed)]
        if not fixed.startswith(part):
            return None
        rest = rest[:place] + rest[place + len(fixed) :]
    return rest if all(digit in "0123456789abcdef" for digit in rest) else None
