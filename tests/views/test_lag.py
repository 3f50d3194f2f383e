"""When the query process says that its views do not follow the log, and when it says nothing."""

from services.query.lag import STILL_SECONDS, Lag


def test_being_behind_and_moving_is_following() -> None:
    lag = Lag()
    for n in range(100):
        assert lag.of(n, 1000, float(n)) is None


def test_standing_still_behind_the_log_is_said_after_a_while_and_not_before() -> None:
    lag = Lag()
    assert lag.of(7, 7, 0.0) is None
    assert lag.of(8, 9, 200.0) is None
    assert lag.of(8, 9, 200.0 + STILL_SECONDS / 2) is None
    assert lag.of(8, 9, 200.0 + STILL_SECONDS) == "the views stand at 8 while the log is at 9"
    assert lag.of(9, 9, 201.0 + STILL_SECONDS) is None


def test_a_quiet_log_is_followed() -> None:
    lag = Lag()
    assert lag.of(5, 5, 0.0) is None
    assert lag.of(5, 5, 1000.0) is None
    assert lag.of(5, 6, 1000.1) is None
