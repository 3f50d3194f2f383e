"""What serves is kept as wanted, and the log told what the engine shows. Pure."""

from datetime import timedelta

import pytest

from services.scheduler.decide import decide
from services.scheduler.model import (
    Crashes,
    Discard,
    Leave,
    Leaving,
    Memory,
    RecordStarted,
    RecordStopped,
    Start,
)
from services.scheduler.remember import done, notice
from tests.scheduler.making import (
    R1,
    SERVING,
    START,
    actions,
    exited,
    ready_source,
    replica,
    seen,
    service,
    situation,
    wanted,
)


def test_a_missing_replica_is_started_unless_its_deployment_crash_loops() -> None:
    memory = ready_source(SERVING)
    of = situation(wanted(service(SERVING, SERVING)), memory=memory)
    assert isinstance(actions(of)[0], Start)
    memory.crashes["d1"] = Crashes(count=2, until=12.0, cause="exited with code 1")
    of = situation(wanted(service(SERVING, SERVING)), memory=memory, age=10.0)
    assert actions(of) == ()
    assert decide(of).again_in == 2.0


def test_fewer_replicas_keep_the_ready_and_the_oldest() -> None:
    docs = [
        replica("old", "d1", ordinal=0),
        replica("new", "d1", ordinal=1, started_at=START + timedelta(seconds=9)),
        replica("sick", "d1", "unready", ordinal=2, ready_at=START),
    ]
    of = situation(wanted(service(SERVING, SERVING), *docs))
    assert actions(of) == (
        Leave(doc=docs[2], reason="scale_down"),
        Leave(doc=docs[1], reason="scale_down"),
    )


def test_a_replica_unready_for_long_is_replaced_and_counts_as_a_crash() -> None:
    sick = replica("r1", "d1", "unready", ready_at=START, reason="timed out after 1 s")
    memory = Memory(unready_since={"r1": 5.0})
    assert actions(situation(wanted(service(SERVING, SERVING), sick), memory=memory, age=34)) == ()
    (leave,) = actions(situation(wanted(service(SERVING, SERVING), sick), memory=memory, age=35))
    assert isinstance(leave, Leave)
    assert leave.reason == "unhealthy"
    assert "timed out after 1 s" in leave.crash
    done(memory, leave, now=35.0)
    assert memory.crashes["d1"].count == 1


def test_how_long_a_replica_is_unready_is_counted_from_the_first_look() -> None:
    memory = Memory()
    sick = wanted(service(SERVING, SERVING), replica("r1", "d1", "unready", ready_at=START))
    notice(memory, sick, (), 3.0)
    notice(memory, sick, (), 9.0)
    assert memory.unready_since == {"r1": 3.0}
    notice(memory, wanted(service(SERVING, SERVING), R1), (), 11.0)
    assert memory.unready_since == {}


def test_a_free_ordinal_is_used_again_with_the_next_generation() -> None:
    memory = ready_source(SERVING)
    memory.generations[("d1", 1)] = 4
    docs = [replica("a", "d1", ordinal=0), replica("c", "d1", ordinal=2)]
    of = situation(wanted(service(SERVING, SERVING, replicas=3), *docs), memory=memory)
    (start,) = actions(of)
    assert isinstance(start, Start)
    assert (start.ordinal, start.generation) == (1, 5)


def test_a_replica_the_log_does_not_know_is_adopted_before_anything_is_started() -> None:
    found = seen(R1)
    of = situation(wanted(service(SERVING, SERVING)), (found,), ready_source(SERVING))
    assert actions(of) == (RecordStarted(seen=found),)


def test_what_the_log_has_ended_is_discarded_not_recorded_for_ever() -> None:
    of = situation(wanted(service(SERVING, SERVING)), (seen(R1),), Memory(recorded={"r1"}))
    assert actions(of) == (Discard(replica_id="r1"),)


@pytest.mark.parametrize(
    ("cause", "leaving", "asked", "is_crash"),
    [
        (exited(1), False, False, True),
        (exited(0), False, False, True),
        (exited(0, asked=True), False, True, False),
        (exited(1), True, True, False),
        (exited(None), False, False, False),
    ],
)
def test_an_end_is_a_crash_only_where_nobody_asked_and_somebody_saw_it(
    cause: object, leaving: bool, asked: bool, is_crash: bool
) -> None:
    memory = ready_source(SERVING)
    if leaving:
        memory.leaving["r1"] = Leaving(reason="rollout", since=1.0)
    found = seen(R1, cause)  # type: ignore[arg-type]  # parametrize hides the type
    of = situation(wanted(service(SERVING, SERVING), R1), (found,), memory)
    assert actions(of) == (RecordStopped(doc=R1, seen=found, asked=asked, is_crash=is_crash),)


def test_a_replica_the_engine_has_lost_is_recorded_as_ended() -> None:
    of = situation(wanted(service(SERVING, SERVING), R1), ())
    assert actions(of) == (RecordStopped(doc=R1, seen=None, asked=False, is_crash=False),)


def test_replicas_of_another_engine_are_not_ours_to_end() -> None:
    far = replica("r1", "d1", runtime="kubernetes")
    of = situation(wanted(service(SERVING, SERVING), far), (), ready_source(SERVING))
    assert not any(isinstance(action, RecordStopped) for action in actions(of))
