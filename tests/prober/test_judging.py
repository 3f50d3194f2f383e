"""Hysteresis: which answers in a row make a transition, and that nothing else is ever told."""

from services.prober.judge import Answer, Health, Verdict, judge

FINE = Answer(is_healthy=True)


def refused(reason: str = "connection refused") -> Answer:
    return Answer(is_healthy=False, reason=reason)


def told(health: Health, *answers: Answer, started: float = 0.0) -> list[Verdict]:
    verdicts = []
    for answer in answers:
        health, verdict = judge(health, answer, started=started)
        if verdict is not None:
            verdicts.append(verdict)
    return verdicts


READY = Health(phase="ready")
UNREADY = Health(phase="unready", failures=3, reason="503")


def test_a_new_replica_is_ready_with_its_first_good_answer() -> None:
    assert told(Health(), refused(), refused(), FINE) == [Verdict(ready=True)]


def test_a_ready_replica_that_stays_so_is_never_told_again() -> None:
    assert told(READY, *[FINE] * 100) == []


def test_two_failures_are_not_yet_a_fall() -> None:
    assert told(READY, refused(), refused(), FINE, refused(), refused()) == []


def test_three_failures_in_a_row_are_told_once_with_the_last_reason() -> None:
    answers = [refused("503"), refused("503"), refused("timed out after 1.0 s"), refused("503")]
    assert told(READY, *answers) == [Verdict(ready=False, reason="timed out after 1.0 s")]


def test_one_good_answer_does_not_bring_back_what_was_down() -> None:
    assert told(UNREADY, FINE, refused(), FINE) == []


def test_two_good_answers_in_a_row_bring_it_back() -> None:
    assert told(UNREADY, FINE, FINE) == [Verdict(ready=True)]


def test_what_came_back_falls_only_after_three_failures_again() -> None:
    assert told(UNREADY, FINE, FINE, refused(), refused()) == [Verdict(ready=True)]


def test_a_start_that_fails_is_silent_until_half_its_time() -> None:
    assert told(Health(), *[refused()] * 50, started=0.49) == []


def test_late_in_its_time_a_failing_start_is_told_why_once() -> None:
    assert told(Health(), *[refused()] * 50, started=0.95) == [
        Verdict(ready=False, reason="connection refused")
    ]


def test_a_start_that_fails_in_many_ways_is_told_of_three_times_at_most() -> None:
    answers = [refused(str(status)) for status in range(500, 600)]
    assert len(told(Health(), *answers, started=0.95)) == 3


def test_a_start_that_was_told_to_fail_still_needs_one_good_answer_only() -> None:
    assert told(Health(), refused(), FINE, started=0.6) == [
        Verdict(ready=False, reason="connection refused"),
        Verdict(ready=True),
    ]


def test_the_first_words_of_a_starting_replica_begin_its_count_anew() -> None:
    health = Health()
    for _ in range(9):
        health, _ = judge(health, refused(), started=0.0)
    assert (health.failures, health.is_speaking) == (9, False)
    health, _ = judge(health, Answer(is_healthy=False, reason="503", is_told=True), started=0.0)
    assert (health.failures, health.is_speaking) == (1, True)
