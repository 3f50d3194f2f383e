"""A soak finds what grows, and takes neither noise nor warming up for it."""

import random

import pytest

from tests.soak.trend import SAMPLES_MIN, trend_of

NOISE = random.Random(7)


def _rows(count: int, value_at: list[float]) -> list[tuple[float, float]]:
    return [(10.0 * n, value_at[n]) for n in range(count)]


def test_a_leak_is_seen_through_noise() -> None:
    rows = _rows(120, [100 + n * 0.5 + NOISE.uniform(-5, 5) for n in range(120)])
    found = trend_of(rows)
    assert found.exceeds(12.0)
    assert 35 < found.growth < 45


def test_noise_is_no_leak() -> None:
    rows = _rows(120, [100 + NOISE.uniform(-20, 20) for _ in range(120)])
    assert not trend_of(rows).exceeds(1.0)


def test_warming_up_is_no_leak() -> None:
    rows = _rows(90, [min(n, 30) * 10 + NOISE.uniform(-1, 1) for n in range(90)])
    assert not trend_of(rows).exceeds(4.0)


def test_a_leak_without_any_noise_is_one() -> None:
    assert trend_of(_rows(30, [float(n) for n in range(30)])).exceeds(10.0)


def test_what_stands_still_does_not_grow() -> None:
    assert not trend_of(_rows(30, [5.0] * 30)).exceeds(0.0)


def test_few_samples_say_nothing() -> None:
    with pytest.raises(ValueError, match="say nothing"):
        trend_of(_rows(SAMPLES_MIN - 1, [1.0] * SAMPLES_MIN))
