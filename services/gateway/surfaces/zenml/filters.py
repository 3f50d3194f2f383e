"""Filters and orders of ZenML's lists: `operator:value`, by the kinds of columns (spec 5).

An unknown operator is no operator: the whole text is the value. What is wrong here is told in the
second of ZenML's two shapes of a 422; two mistakes that its store finds later are a 400."""

import json as plain_json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, cast, get_args

from services.gateway.surface import Rendered
from services.gateway.surfaces.zenml.errors import Told, named
from shared.queries.registrations import (
    MOMENT_OPERATORS,
    TEXT_OPERATORS,
    Condition,
    Operator,
    Selection,
)

Kind = Literal["text", "id", "time", "person"]

_OPERATORS = get_args(Operator)
_NUMERIC = ("gt", "gte", "lt", "lte")
_VALUELESS = ("isnull", "isnotnull")
_LISTS = ("oneof", "notoneof")
OFFSET_MAX = 10**12
_TIME = "%Y-%m-%d %H:%M:%S"
_WANTS_LIST = (
    "When you are using the 'oneof:'/'notoneof:' filtering make sure that the provided value is a "
    "json formatted list."
)
_WANTS_NOTHING = (
    "When using 'isnull:'/'isnotnull:', use the explicit 'operator:' form without a value "
    "(e.g. 'isnull:')."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """`columns` are what may be filtered by; `unsorted` the parameters that are no column."""

    model: str
    table: str
    columns: Mapping[str, Kind]
    unsorted: frozenset[str]


def selection_of(
    asked: Filter,
    pairs: list[tuple[str, str]],
    *,
    sort_by: str,
    any_of: bool,
    page: int,
    size: int,
) -> Selection:
    # As in the published order: filters, the sort, and last what only the store finds.
    conditions = [_condition(asked, name, value) for name, value in _given(asked, pairs)]
    column, descending = _order(asked, sort_by)
    for condition in conditions:
        if condition.operator in _NUMERIC and asked.columns[condition.column] != "time":
            _check_number(asked, condition)
    return Selection(
        conditions=tuple(conditions),
        any_of=any_of,
        sort_by=column,
        descending=descending,
        # A page number may be any integer; behind the last page it is refused anyway.
        offset=min((page - 1) * size, OFFSET_MAX),
        limit=size,
    )


def _given(asked: Filter, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    given = [pair for pair in pairs if pair[0] in asked.columns]
    # Its store looks at owners last, and an empty one is none.
    owners = [pair for pair in given if asked.columns[pair[0]] == "person" and pair[1]]
    return [pair for pair in given if asked.columns[pair[0]] != "person"] + owners


def _condition(asked: Filter, column: str, text: str) -> Condition:
    kind = asked.columns[column]
    prefix, colon, rest = text.partition(":")
    operator: Operator = "equals"
    if colon and prefix in _OPERATORS:
        operator, text = cast(Operator, prefix), rest
    status = 400 if kind == "person" else 422
    if operator in _VALUELESS:
        if text:
            raise _wrong(asked, _WANTS_NOTHING, status)
        _check_operator(asked, kind, operator)
        return Condition(column=column, operator=operator)
    if operator in _LISTS:
        texts = _list(text)
        if texts is None:
            raise _wrong(asked, _WANTS_LIST, status)
        _check_operator(asked, kind, operator)
        return Condition(column=column, operator=operator, texts=texts)
    if kind == "time":
        moments = _moments(asked, operator, text)
        _check_operator(asked, kind, operator)
        return Condition(column=column, operator=operator, moments=moments)
    _check_operator(asked, kind, operator)
    return Condition(column=column, operator=operator, texts=(text,))


def _check_operator(asked: Filter, kind: Kind, operator: Operator) -> None:
    allowed = MOMENT_OPERATORS if kind == "time" else TEXT_OPERATORS
    if operator in allowed:
        return
    model = "UUIDFilter" if kind == "person" else asked.model
    text = (
        f"This datatype can not be filtered using this operation: '{operator}'. "
        f"The allowed operations are: {list(allowed)}"
    )
    body = f"1 validation error for {model}\noperation\n  Value error, {text} [type=value_error]"
    raise Told(named(422, "ValueError", body))


def _list(text: str) -> tuple[str | None, ...] | None:
    try:
        value = plain_json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, list):
        return None
    return tuple(_item(item) for item in value)


def _item(item: object) -> str | None:
    """As a column of texts compares with it: numbers by their digits, truth as 1 and 0."""
    if item is None or isinstance(item, str):
        return item
    return str(int(item)) if isinstance(item, bool) else str(item)


def _moments(asked: Filter, operator: Operator, text: str) -> tuple[datetime, ...]:
    try:
        moments = tuple(
            datetime.strptime(part, _TIME).replace(tzinfo=UTC) for part in text.split(",", 1)
        )
    except ValueError:
        message = f"The datetime filter only works with values in the following format: {_TIME}"
        raise _wrong(asked, message, 422) from None
    if operator == "in" and len(moments) != 2:
        message = "Two comma separated datetime values are required for the `in` operator."
        raise _wrong(asked, message, 422)
    if operator != "in" and len(moments) != 1:
        message = f"Only a single datetime value is allowed for operator {operator}."
        raise _wrong(asked, message, 422)
    return moments


def _check_number(asked: Filter, condition: Condition) -> None:
    value = condition.texts[0] or ""
    match asked.columns[condition.column]:
        case "person":
            column, value = '"user".id', value.replace("-", "")
        case "id":
            table = asked.table.removesuffix("Schema").lower()
            column, value = f"{table}.{condition.column}", value.replace("-", "")
        case _:
            column = f"{asked.table}.{condition.column}"
    try:
        float(value)
    except ValueError as error:
        text = f"Failed to compare the column '{column}' to the value '{value}' (must be numeric)"
        raise Told(named(400, "ValueError", f"{text}: {error}")) from None


def _order(asked: Filter, sort_by: str) -> tuple[str, bool]:
    direction, colon, column = sort_by.partition(":")
    if not colon:
        direction, column = "asc", sort_by
    if column in asked.columns:
        return column, direction == "desc"
    text = "You can only sort by valid fields of this resource"
    if column in asked.unsorted:
        text = f"This resource can not be sorted by this field: '{sort_by}'"
    body = f"1 validation error for {asked.model}\nsort_by\n  Value error, {text}"
    detail = f"{body} [type=value_error, input_value={sort_by!r}, input_type=str]"
    raise Told(named(422, "ValueError", detail))


def _wrong(asked: Filter, text: str, status: int) -> Told:
    if status == 400:
        return Told(named(400, "ValueError", text))
    body = f"1 validation error for {asked.model}\n  Value error, {text} [type=value_error]"
    return Told(named(422, "ValueError", body))


def pages_of(page: int, size: int, total: int) -> int:
    """How many there are, one at least. A page beyond the last is refused, not empty."""
    pages = max(1, -(-total // size))
    if page > pages:
        raise Told(_beyond(page, size, total, pages))
    return pages


def _beyond(page: int, size: int, total: int, pages: int) -> Rendered:
    text = (
        f"Invalid page {page}. The requested page size is {size} and there are a total of {total} "
        f"items for this query. The maximum page value therefore is {pages}."
    )
    return named(400, "ValueError", text)
