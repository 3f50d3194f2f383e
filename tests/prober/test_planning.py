"""When the next probe is due: fast at a start, in phase when steady, slower when hopeless."""

import pytest

from services.prober.judge import Health
from services.prober.plan import Pace, next_at, phase_of

PACE = Pace()
IDS = [f"{number:024x}" for number in range(400)]


def gap(
    health: Health, *, now: float = 1000.0, age: float = 0.0, starting: int = 1, luck: float = 0.0
) -> float:
    at = next_at(PACE, IDS[0], health, now=now, age=age, starting=starting, luck=luck)
    return at - now


def test_a_starting_replica_is_asked_again_after_50_ms_and_then_ever_later() -> None:
    gaps = [gap(Health(failures=n), age=20.0) for n in range(1, 20)]
    assert gaps[0] == pytest.approx(0.05)
    assert gaps[1] == pytest.approx(0.075)
    assert gaps == sorted(gaps)
    assert gaps[-1] == pytest.approx(PACE.interval)


def test_in_its_first_seconds_nobody_waits_for_growth() -> None:
    assert gap(Health(failures=12), age=3.0) == pytest.approx(0.15)


def test_one_that_speaks_already_is_not_asked_so_often_that_its_log_fills() -> None:
    gaps = [gap(Health(failures=n, is_speaking=True), age=3.0) for n in range(1, 20)]
    assert gaps[0] == pytest.approx(0.05)
    assert gaps[-1] == pytest.approx(PACE.interval)
    assert sum(gap < 1.0 for gap in gaps) < 10


def test_a_crowd_of_starting_replicas_is_asked_less_often() -> None:
    assert gap(Health(failures=12), age=3.0, starting=250) == pytest.approx(1.0)


def test_past_its_time_a_start_backs_off() -> None:
    assert gap(Health(failures=100), age=PACE.startup_deadline + 1) == PACE.backoff_max


def test_steady_probes_keep_their_phase_whenever_they_were_taken() -> None:
    phase = phase_of(IDS[0], PACE.interval)
    for now in (1000.0, 1000.7, 1001.3, 1234.5):
        at = now + gap(Health(phase="ready"), now=now)
        assert (at - phase) % PACE.interval == pytest.approx(0, abs=1e-6) or (
            at - phase
        ) % PACE.interval == pytest.approx(PACE.interval, abs=1e-6)


def test_missed_ticks_are_skipped_and_never_caught_up() -> None:
    late = gap(Health(phase="ready"), now=1000.0 + 7 * PACE.interval)
    assert PACE.interval / 2 <= late <= PACE.interval * 1.5


@pytest.mark.parametrize("luck", [-1.0, -0.5, 0.0, 0.5, 1.0])
def test_a_tick_that_came_early_is_not_taken_twice(luck: float) -> None:
    now = 1000.0
    for _ in range(50):
        after = now + gap(Health(phase="ready"), now=now, luck=luck)
        assert after - now >= PACE.interval * 0.4
        now = after


def test_phases_spread_over_the_interval() -> None:
    phases = [phase_of(id_, PACE.interval) for id_ in IDS]
    for quarter in range(4):
        low = quarter * PACE.interval / 4
        inside = [p for p in phases if low <= p < low + PACE.interval / 4]
        assert 60 <= len(inside) <= 140


def test_a_first_failure_hurries_the_next_probe() -> None:
    assert gap(Health(phase="ready", failures=1)) == pytest.approx(1.0)


def test_what_is_down_is_asked_ever_more_seldom_up_to_a_minute() -> None:
    gaps = [gap(Health(phase="unready", failures=n)) for n in range(3, 12)]
    assert gaps[:4] == [2.0, 4.0, 8.0, 16.0]
    assert gaps[-1] == 60.0


def test_what_has_just_answered_again_is_asked_soon() -> None:
    assert gap(Health(phase="unready", passes=1)) == pytest.approx(1.0)
