"""Moments, ids and JSON: forms that are read, forms that are printed, limits that are kept."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as some

from shared.kernel import ids
from shared.kernel.json import DEPTH_MAX, canonical, unacceptable
from shared.kernel.secrets import PlainText
from shared.kernel.time import format_rfc3339, parse_rfc3339

NOON = datetime(2026, 3, 18, 12, tzinfo=UTC)
bits = some.integers(0, 2**64 - 1)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-18T12:00:00Z",
        "2026-03-18t12:00:00z",
        "2026-03-18 12:00:00Z",
        "2026-03-18T12:00:00.000Z",
        "2026-03-18T12:00:00.000000000Z",
        "2026-03-18T13:30:00+01:30",
        "2026-03-18T13:30:00 01:30",
        "2026-03-18T04:00:00-08:00",
    ],
)
def test_every_spelling_of_a_moment_is_the_same_moment(text: str) -> None:
    assert parse_rfc3339(text) == NOON


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-03-18",
        "2026-03-18T12:00:00",
        "2026-03-18T12:00Z",
        "2026-02-30T12:00:00Z",
        "2026-03-18T25:00:00Z",
        "2026-03-18T12:00:00Z ",
        "2026-03-18T12:00:00.Z",
        "2026-03-18T12:00:00.1234567890Z",
        "1742299200",
        "２０２６-03-18T12:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "2026-03-18T12:00:00Z" + "0" * 50,
    ],
)
def test_what_is_no_moment_is_none(text: str) -> None:
    assert parse_rfc3339(text) is None


@for_any(some.datetimes(timezones=some.just(UTC), min_value=datetime(1970, 1, 1)))
def test_a_printed_moment_is_read_as_itself(moment: datetime) -> None:
    assert parse_rfc3339(format_rfc3339(moment)) == moment


@for_any(some.integers(0, 2**32 - 1), bits)
def test_an_id_survives_its_uuid(seconds: int, chance: int) -> None:
    id_ = ids.compose(seconds=seconds, chance=chance)
    assert ids.is_id(id_)
    made = ids.to_uuid(id_)
    assert (made.version, made.variant) == (8, uuid.RFC_4122)
    assert ids.from_uuid(made) == id_


@for_any(some.uuids())
def test_a_foreign_uuid_is_not_taken_for_an_id(value: uuid.UUID) -> None:
    found = ids.from_uuid(value)
    assert found is None or ids.to_uuid(found) == value


@for_any(some.integers(0, 2**32 - 2), bits, bits)
def test_ids_of_later_seconds_sort_later(seconds: int, one: int, other: int) -> None:
    earlier = ids.compose(seconds=seconds, chance=one)
    assert earlier < ids.compose(seconds=seconds + 1, chance=other)


@pytest.mark.parametrize("text", ["", "a" * 23, "a" * 25, "A" * 24, "g" * 24, "a" * 24 + "\n"])
def test_what_is_no_id_is_none(text: str) -> None:
    assert not ids.is_id(text)


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value", [None, True, 1.5, "é\U0001f600", {"a": [1, {"b": "c"}]}, nested(DEPTH_MAX)]
)
def test_ordinary_values_can_be_kept(value: Any) -> None:
    assert unacceptable(value) is None


@pytest.mark.parametrize("value", ["\x00", {"a": ["b\x00"]}, {"\x00": 1}, [{"a": {"x\x00": 1}}]])
def test_a_nul_anywhere_cannot_be_kept(value: Any) -> None:
    assert unacceptable(value) == "a NUL character"


def test_what_is_nested_too_deep_cannot_be_kept() -> None:
    assert unacceptable(nested(DEPTH_MAX + 1)) == "nested deeper than 64 levels"


def test_canonical_json_is_the_same_for_the_same_value() -> None:
    assert canonical({"b": 1, "a": {"d": 2, "c": 3}}) == b'{"a":{"c":3,"d":2},"b":1}'


def test_a_secret_does_not_show_itself() -> None:
    assert "canary" not in repr(PlainText(text="canary"))
