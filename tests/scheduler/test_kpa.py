"""The autoscaler's arithmetic as tables: windows, one step, utilisation (CONTROL 2.2 and 2.3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.scheduler.autoscale.utilization import Counters, Most, wanted
from shared.autoscale.kpa import Spec, step
from shared.autoscale.windows import Window
from shared.domain.scaling.commands import ScalingMemory

CALM = ScalingMemory()
PANIC = ScalingMemory(panic_at=100.0, panic_most=8)


@pytest.mark.parametrize(
    ("writes", "now", "seconds", "average"),
    [
        ([], 10, 5, 0.0),
        ([(10, 4.0)], 10, 5, 4.0),  # A young window is as long as it is old.
        ([(10, 4.0), (11, 8.0)], 11, 5, 6.0),
        ([(10, 4.0), (10, 8.0)], 10, 5, 12.0),  # Of one second: they add up.
        ([(10, 4.0), (13, 8.0)], 13, 5, 3.0),  # Holes between writes count as zeros.
        ([(n, 5.0) for n in range(10, 20)], 19, 5, 5.0),
        ([(n, 5.0) for n in range(10, 20)], 21, 5, 5.0),  # A gap at the end shortens.
        ([(n, 5.0) for n in range(10, 20)], 23, 5, 5.0),
        ([(n, 5.0) for n in range(10, 20)], 24, 5, 0.0),  # A whole window without data.
        ([(10, 5.0), (11, 5.0), (30, 9.0)], 30, 5, 9.0),  # ... and all begins anew.
        ([(10, 5.0), (12, 9.0), (11, 1.0)], 12, 5, 5.0),  # Late, but inside.
        ([(10, 5.0), (30, 9.0), (11, 1.0)], 30, 5, 9.0),  # Too late.
    ],
)
def test_averages_over_a_window(
    writes: list[tuple[int, float]], now: int, seconds: int, average: float
) -> None:
    window = Window(seconds)
    for second, value in writes:
        window.record(second, value)
    assert window.average(now) == pytest.approx(average)


@pytest.mark.parametrize(
    ("ready", "stable", "short", "desired"),
    [
        (1, 0.0, 0.0, 0),
        (1, 0.1, 0.1, 1),
        (1, 1.0, 1.0, 1),
        (1, 1.01, 1.01, 2),
        (2, 3.5, 3.5, 4),
        (10, 1.0, 1.0, 5),  # At most by half in one step.
        (3, 0.0, 0.0, 1),  # 3 halved, rounded down.
        (0, 0.0, 0.0, 0),
        (0, 5.0, 5.0, 5),  # From zero the base is one.
        (1, 1.0, 2.5, 3),  # A burst: the short window rules.
        (4, 2.0, 7.9, 8),
        (4, 4.0, 7.0, 4),  # Not twice the ready ones: no burst.
    ],
)
def test_one_step_from_calm(ready: int, stable: float, short: float, desired: int) -> None:
    made = step(CALM, Spec(), now=100.0, ready=ready, stable=stable, short=short)
    assert made.desired == desired


def test_a_step_up_is_bounded_too_and_says_so() -> None:
    made = step(CALM, Spec(max_up=10.0), now=0.0, ready=1, stable=50.0, short=50.0)
    assert made.desired == 10
    assert any("10 at most, not 50" in why for why in made.reasons)


@pytest.mark.parametrize(
    ("now", "stable", "short", "desired", "panics"),
    [
        (110.0, 1.0, 1.0, 8, True),  # While it lasts nothing goes down.
        (159.9, 1.0, 1.0, 8, True),
        (160.0, 1.0, 1.0, 8, True),
        (160.1, 1.0, 1.0, 4, False),  # Over: by half at most.
        (170.0, 1.0, 16.0, 16, True),  # A new burst extends it.
        (110.0, 12.0, 1.0, 12, True),
    ],
)
def test_a_burst_only_goes_up_for_a_window(
    now: float, stable: float, short: float, desired: int, panics: bool
) -> None:
    made = step(PANIC, Spec(), now=now, ready=8, stable=stable, short=short)
    assert made.desired == desired
    assert (made.memory.panic_at is not None) == panics


def test_a_scale_down_waits_for_its_delay() -> None:
    spec, memory = Spec(delay=10.0), CALM
    seen = []
    for now, load in ((0.0, 4.0), (2.0, 2.0), (4.0, 2.0), (8.0, 2.0), (10.0, 2.0), (12.0, 2.0)):
        made = step(memory, spec, now=now, ready=4, stable=load, short=load)
        memory = made.memory
        seen.append(made.desired)
    assert seen == [4, 4, 4, 4, 2, 2]


@given(
    some.integers(0, 50), some.floats(0, 500), some.floats(0, 500), some.booleans(), some.booleans()
)
def test_a_step_is_the_same_for_the_same_past_and_never_beyond_its_bounds(
    ready: int, stable: float, short: float, bursts: bool, delays: bool
) -> None:
    memory = PANIC if bursts else CALM
    spec = Spec(max_up=10.0, delay=20.0 if delays else 0.0)
    first = step(memory, spec, now=130.0, ready=ready, stable=stable, short=short)
    assert first == step(memory, spec, now=130.0, ready=ready, stable=stable, short=short)
    base = max(1, ready)
    assert base // 2 <= first.desired <= max(10 * base, memory.panic_most)
    if bursts:
        assert first.desired >= memory.panic_most


@pytest.mark.parametrize(
    ("samples", "target", "count"),
    [
        ([], 0.7, None),
        ([None], 0.7, None),
        ([0.7], 0.7, 1),
        ([0.76, 0.74], 0.7, 2),  # Within a tenth: as it is.
        ([0.9, 0.9], 0.7, 3),
        ([0.2, 0.2, 0.2, 0.2], 0.7, 2),
        ([1.0], 0.1, 10),
        ([0.2, None], 0.7, 2),  # A missing one counts full when going down ...
        ([1.0, None], 0.7, 2),  # ... and as none when going up.
        ([0.05, 0.05, 0.05, None], 0.7, 2),
    ],
)
def test_replicas_by_how_busy_they_are(
    samples: list[float | None], target: float, count: int | None
) -> None:
    assert wanted(samples, target) == count


def test_down_by_use_only_when_it_was_low_for_minutes() -> None:
    most = Most(300.0)
    assert [most.of(at, n) for at, n in ((0.0, 4), (100.0, 2), (299.0, 1))] == [4, 4, 4]
    assert most.of(301.0, 1) == 2
    assert most.of(401.0, 1) == 1


def test_a_share_comes_from_two_readings_of_a_counter() -> None:
    counters = Counters(seconds=10.0)
    assert counters.share("r", 0.0, 5.0, 2.0) is None
    assert counters.share("r", 4.0, 9.0, 2.0) == pytest.approx(0.5)
    counters.share("r", 12.0, 9.0, 2.0)
    assert counters.share("r", 16.0, 9.0, 2.0) == pytest.approx(0.0)
    counters.keep(set())
    assert counters.share("r", 20.0, 9.0, 2.0) is None
