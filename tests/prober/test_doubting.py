"""The guard: a prober that hears nothing from most of its targets doubts itself, for a while."""

import pytest

from services.prober.guard import HOLD_SECONDS, MassGuard


@pytest.mark.parametrize(
    ("silent", "watched", "holds"),
    [(4, 4, False), (5, 10, False), (5, 9, True), (6, 10, True), (50, 100, False), (51, 100, True)],
)
def test_more_than_half_and_five_at_least_is_a_mass_failure(
    silent: int, watched: int, holds: bool
) -> None:
    assert MassGuard().holds(silent=silent, watched=watched, now=0.0) is holds


def test_silence_that_lasts_is_believed() -> None:
    guard = MassGuard()
    assert guard.holds(silent=9, watched=10, now=100.0)
    assert guard.holds(silent=9, watched=10, now=100.0 + HOLD_SECONDS - 1)
    assert not guard.holds(silent=9, watched=10, now=100.0 + HOLD_SECONDS)


def test_a_second_mass_failure_is_doubted_anew() -> None:
    guard = MassGuard()
    assert guard.holds(silent=9, watched=10, now=0.0)
    assert not guard.holds(silent=0, watched=10, now=1.0)
    assert guard.suspect_since is None
    assert guard.holds(silent=9, watched=10, now=1000.0)
