"""Rollouts, one sentence a rule: sources, surge, verdicts. Pure."""

from dataclasses import replace

import pytest

from services.scheduler.decide import decide
from services.scheduler.model import (
    Conclude,
    Crashes,
    Leave,
    Leaving,
    Memory,
    Prepare,
    PublishTable,
    RecordDraining,
    RecordSource,
    Resolve,
    Resolved,
    Situation,
    SourceFailed,
    Start,
    Working,
)
from shared.bus.routes import RouteTable
from tests.scheduler.making import (
    COMMIT,
    R1,
    ROLLOUT,
    SERVING,
    actions,
    deployment,
    ready_source,
    replica,
    service,
    situation,
    wanted,
    workload,
)


def test_a_new_rollout_asks_first_which_commit_it_is() -> None:
    rollout = deployment("d1", "in_progress", commit=None)
    assert actions(situation(wanted(service(rollout)))) == (Resolve(deployment=rollout),)


def test_the_commit_is_recorded_before_it_is_prepared() -> None:
    rollout = deployment("d1", "in_progress", commit=None)
    memory = Memory(sources={"d1": Resolved(commit="f" * 40)})
    of = situation(wanted(service(rollout)), memory=memory)
    assert actions(of) == (RecordSource(deployment_id="d1", commit="f" * 40),)
    known = replace(rollout, commit="f" * 40)
    of = situation(wanted(service(known)), memory=memory)
    assert actions(of) == (Prepare(deployment=known, commit="f" * 40),)


def test_a_branch_that_went_on_meanwhile_gives_the_newer_commit() -> None:
    memory = Memory(sources={"d2": Resolved(commit="f" * 40)})
    of = situation(wanted(service(ROLLOUT, SERVING), R1), memory=memory)
    assert actions(of) == (RecordSource(deployment_id="d2", commit="f" * 40),)


def test_nothing_is_done_twice_while_the_background_works() -> None:
    of = situation(wanted(service(ROLLOUT, SERVING), R1), memory=Memory(sources={"d2": Working()}))
    assert actions(of) == ()


@pytest.mark.parametrize("reason", ["repository_unknown", "branch_unknown", "preparation_failed"])
def test_a_source_that_fails_fails_the_rollout_with_its_reason(reason: str) -> None:
    failed = SourceFailed(reason=reason, message="Why.", log_tail=("last",))
    of = situation(wanted(service(ROLLOUT, SERVING), R1), memory=Memory(sources={"d2": failed}))
    (conclude,) = actions(of)
    assert isinstance(conclude, Conclude)
    assert (conclude.succeeded, conclude.reason, conclude.message) == (False, reason, "Why.")
    assert conclude.log_tail == ("last",)


def test_an_image_fails_at_once_where_no_engine_runs_images() -> None:
    rollout = deployment("d1", "in_progress", commit=None)
    of = situation(wanted(service(rollout, workload=workload(repo=None, image="nginx"))))
    (conclude,) = actions(of)
    assert isinstance(conclude, Conclude)
    assert conclude.reason == "no_container_runtime"


def test_what_failed_before_it_ever_served_takes_no_slot_until_it_is_deployed_again() -> None:
    image = workload(repo=None, image="nginx")
    failed = service(deployment("d1", "failed", commit=None), workload=image)
    table = published_by(situation(wanted(failed)))
    assert (table.state, table.hosts) == ("down", ("api.acme.localhost",))
    doomed = service(deployment("d1", "in_progress", commit=None), workload=image)
    assert published_by(situation(wanted(doomed))).state == "down"
    again = service(deployment("d2", "in_progress", commit=None))
    assert published_by(situation(wanted(again), memory=Memory(table=table))).state == "live"
    serves_on = service(deployment("d2", "failed"), SERVING)
    assert published_by(situation(wanted(serves_on))).state == "live"


def published_by(of: Situation) -> RouteTable:
    (action,) = [one for one in decide(of).actions if isinstance(one, PublishTable)]
    return action.table


def test_what_serves_is_prepared_again_only_when_a_start_needs_it() -> None:
    assert actions(situation(wanted(service(SERVING, SERVING), R1))) == ()
    of = situation(wanted(service(SERVING, SERVING)))
    assert actions(of) == (Prepare(deployment=SERVING, commit=COMMIT),)


def test_a_failed_preparation_of_what_serves_is_tried_again_after_a_while() -> None:
    failed = SourceFailed(reason="commit_gone", message="Gone.", at=5.0)
    memory = Memory(sources={"d1": failed})
    of = situation(wanted(service(SERVING, SERVING)), memory=memory, age=10.0)
    assert actions(of) == ()
    assert decide(of).again_in == 25.0
    of = situation(wanted(service(SERVING, SERVING)), memory=memory, age=40.0)
    assert actions(of) == (Prepare(deployment=SERVING, commit=COMMIT),)


def test_the_new_replica_starts_beside_the_old_one() -> None:
    of = situation(wanted(service(ROLLOUT, SERVING), R1), memory=ready_source(ROLLOUT))
    (start,) = actions(of)
    assert isinstance(start, Start)
    assert (start.deployment_id, start.ordinal, start.generation) == ("d2", 0, 1)


@pytest.mark.parametrize(("replicas", "surge"), [(1, 1), (2, 1), (4, 1), (5, 2), (8, 2), (9, 3)])
def test_the_surge_is_a_quarter_rounded_up(replicas: int, surge: int) -> None:
    old = [replica(f"o{n}", "d1", ordinal=n) for n in range(replicas)]
    of = situation(
        wanted(service(ROLLOUT, SERVING, replicas=replicas), *old), memory=ready_source(ROLLOUT)
    )
    assert len(actions(of)) == surge


def test_a_rollout_succeeds_only_when_all_new_replicas_are_ready() -> None:
    new = [replica("n0", "d2"), replica("n1", "d2", "starting", ordinal=1)]
    two = service(ROLLOUT, SERVING, replicas=2)
    of = situation(wanted(two, *new), memory=ready_source(ROLLOUT))
    assert not any(isinstance(action, Conclude) for action in actions(of))
    new[1] = replica("n1", "d2", ordinal=1)
    two = service(ROLLOUT, SERVING, replicas=2)
    of = situation(wanted(two, *new), memory=ready_source(ROLLOUT))
    assert actions(of) == (Conclude(deployment_id="d2", succeeded=True),)


def test_a_rollout_has_not_succeeded_while_an_old_replica_is_routed_to() -> None:
    """Who reads `running` and asks must be answered by the new deployment."""
    new, memory = replica("n0", "d2"), ready_source(ROLLOUT)
    both = situation(wanted(service(ROLLOUT, SERVING), R1, new), memory=memory)
    assert actions(both) == (Leave(doc=R1, reason="rollout"),)
    memory.leaving[R1.id] = Leaving(reason="rollout", since=both.now)
    assert [backend.state for backend in published_by(both).backends] == ["ready", "draining"]
    assert actions(replace(both, acked=False)) == ()
    assert actions(both) == (RecordDraining(replica_id=R1.id, reason="rollout"),)
    gone = wanted(service(ROLLOUT, SERVING), replace(R1, state="draining"), new)
    busy = replace(both, wanted=gone, busy=frozenset({R1.id}))
    assert actions(busy) == (Conclude(deployment_id="d2", succeeded=True),)


@pytest.mark.parametrize("state", ["starting", "ready"])
def test_no_old_replica_stays_when_none_is_wanted(state: str) -> None:
    old = replica("o0", "d1", state)
    of = situation(wanted(service(ROLLOUT, SERVING, replicas=0), old), memory=ready_source(ROLLOUT))
    assert actions(of) == (Leave(doc=old, reason="rollout"),)


def test_after_success_the_old_ones_leave() -> None:
    new = replica("n0", "d2")
    newest = replace(ROLLOUT, status="succeeded")
    of = situation(wanted(service(newest, newest), R1, new))
    assert actions(of) == (Leave(doc=R1, reason="rollout"),)


def test_after_failure_the_new_ones_leave_and_the_old_ones_stay() -> None:
    new = replica("n0", "d2", "starting")
    of = situation(wanted(service(replace(ROLLOUT, status="failed"), SERVING), R1, new))
    assert actions(of) == (Leave(doc=new, reason="rollout"),)


def test_a_replica_that_is_never_healthy_fails_the_rollout_with_the_last_probe() -> None:
    new = replica("n0", "d2", "starting", reason="503")
    of = situation(wanted(service(ROLLOUT, SERVING), R1, new), memory=ready_source(ROLLOUT), age=60)
    (conclude,) = actions(of)
    assert isinstance(conclude, Conclude)
    assert (conclude.reason, conclude.last_probe) == ("never_healthy", "503")
    assert conclude.tail_of == "n0"
    assert "GET /health" in conclude.message


def test_three_crashes_fail_the_rollout_and_two_do_not() -> None:
    tail = ("boom",)
    for count, fails in ((2, False), (3, True)):
        memory = ready_source(ROLLOUT)
        crash = Crashes(count=count, until=0.0, cause="exited with code 3", log_tail=tail)
        memory.crashes["d2"] = crash
        chosen = actions(situation(wanted(service(ROLLOUT, SERVING), R1), memory=memory))
        verdicts = [action for action in chosen if isinstance(action, Conclude)]
        assert bool(verdicts) == fails
        if fails:
            assert (verdicts[0].reason, verdicts[0].exit_cause) == ("crashed", "exited with code 3")
            assert verdicts[0].log_tail == tail


def test_an_old_replica_that_ends_in_a_rollout_is_replaced() -> None:
    new = replica("n0", "d2", "starting")
    of = situation(wanted(service(ROLLOUT, SERVING), new), memory=ready_source(ROLLOUT, SERVING))
    (start,) = actions(of)
    assert isinstance(start, Start)
    assert start.deployment_id == "d1"


def test_no_room_fails_the_rollout_with_the_counts() -> None:
    why = "capacity: 1 node: 1 lack 8 vCPU"
    of = situation(
        wanted(service(ROLLOUT, SERVING), R1),
        memory=ready_source(ROLLOUT),
        placeable=0,
        why_full=why,
    )
    (conclude,) = actions(of)
    assert isinstance(conclude, Conclude)
    assert conclude.reason == "capacity"
    draining = replace(of, memory=ready_source(ROLLOUT))
    draining.memory.leaving["r1"] = Leaving(reason="rollout", since=1.0)
    assert not any(isinstance(action, Conclude) for action in actions(draining))
    assert why in conclude.message
