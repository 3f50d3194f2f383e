"""Moments as people type them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from services.gateway.console.moments import typed
from services.gateway.console.times import Times, span, zone_of
from services.gateway.moments import NOW, Moment

# A Wednesday.
NOON = datetime(2026, 11, 25, 12, 0, 0, tzinfo=UTC)


def at(text: str) -> datetime | None:
    moment = typed(text, now=NOON, zone=UTC)
    return None if moment is None else moment.time


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("-2h", NOON - timedelta(hours=2)),
        ("- 30 m", NOON - timedelta(minutes=30)),
        ("-3d", NOON - timedelta(days=3)),
        ("11:59", datetime(2026, 11, 25, 11, 59, tzinfo=UTC)),
        ("12:01", datetime(2026, 11, 24, 12, 1, tzinfo=UTC)),
        ("tue 14:00", datetime(2026, 11, 24, 14, 0, tzinfo=UTC)),
        ("wednesday 13:00", datetime(2026, 11, 18, 13, 0, tzinfo=UTC)),
        ("yesterday 14:02:11", datetime(2026, 11, 24, 14, 2, 11, tzinfo=UTC)),
        ("17 Nov 2026 14:02:11 UTC", datetime(2026, 11, 17, 14, 2, 11, tzinfo=UTC)),
        ("17 Nov 14:02", datetime(2026, 11, 17, 14, 2, tzinfo=UTC)),
        ("2026-11-17", datetime(2026, 11, 17, tzinfo=UTC)),
        ("2026-11-17T14:02:11+02:00", datetime(2026, 11, 17, 12, 2, 11, tzinfo=UTC)),
    ],
)
def test_a_time_is_the_last_one_that_fits_the_words(text: str, time: datetime) -> None:
    assert at(text) == time


@pytest.mark.parametrize("text", ["", " ", "now", "NOW"])
def test_nothing_means_now(text: str) -> None:
    assert typed(text, now=NOON, zone=UTC) == NOW


def test_a_number_is_a_position() -> None:
    assert typed("184223", now=NOON, zone=UTC) == Moment(position=184223)


@pytest.mark.parametrize(
    "text",
    ["soon", "25:00", "14:60", "-2x", "31 Feb 2026", "tuesday-ish 14:00", "9" * 61, "-9" * 9],
)
def test_what_nobody_understands_is_nothing(text: str) -> None:
    assert typed(text, now=NOON, zone=UTC) is None


def test_a_time_of_day_is_that_of_the_zone_unless_it_says_utc() -> None:
    zone = timezone(timedelta(hours=5))
    there = typed("14:00", now=NOON, zone=zone)
    assert there == Moment(time=datetime(2026, 11, 25, 9, 0, tzinfo=UTC))
    utc = typed("10:00 UTC", now=NOON, zone=zone)
    assert utc == Moment(time=datetime(2026, 11, 25, 10, 0, tzinfo=UTC))


def test_the_day_is_left_out_only_where_it_is_that_of_the_page() -> None:
    times = Times(zone=UTC, at=NOON, is_now=True)
    assert ">12:00:00 UTC<" in times.brief(NOON)
    assert ">24 Nov 12:00:00 UTC<" in times.brief(NOON - timedelta(days=1))
    assert ">25 Nov 2025 12:00:00 UTC<" in times.brief(NOON - timedelta(days=365))


def test_relative_words_of_a_past_page_count_from_its_moment() -> None:
    now, then = Times(zone=UTC, at=NOON, is_now=True), Times(zone=UTC, at=NOON, is_now=False)
    before = NOON - timedelta(seconds=8)
    assert ">8 s ago<" in now.relative(before)
    assert ">8 s before<" in then.relative(before)
    assert "data-relative" not in then.relative(before)


def test_a_span_has_its_two_largest_units() -> None:
    assert [span(s) for s in (0.25, 8, 260, 7200, 97_200)] == [
        "0.2 s",
        "8 s",
        "4 min 20 s",
        "2 h",
        "1 d 3 h",
    ]


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/localtime", "Nowhere/Here", "a" * 99, ""]
)
def test_a_zone_is_a_name_and_no_path(name: str) -> None:
    assert zone_of(name) is None
