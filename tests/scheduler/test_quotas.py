"""The quota of a project where its replicas are placed: who takes what, and who is told why."""

from dataclasses import replace

from services.scheduler.case import Case
from services.scheduler.decide import decide
from services.scheduler.model import Conclude, Situation, Start, TellPlacement
from services.scheduler.placement import GIB, Fit, Need
from services.scheduler.roll import beside
from services.scheduler.shares import bounded
from shared.domain.quotas import Quota
from tests.scheduler.making import (
    R1,
    ROLLOUT,
    SERVICE,
    SERVING,
    actions,
    ready_source,
    replica,
    seen,
    service,
    situation,
    wanted,
)

ENOUGH = Fit(count=100)
WHY = "quota: 1 of the project's 2 replicas are taken"


def case(quota: Quota, need: Need | None = None) -> Case:
    made = Case(service_id=SERVICE)
    made.take(replace(wanted(service(SERVING, SERVING)), quota=quota), 1)
    made.need = need or Need(millicores=2000, memory_bytes=8 * GIB)
    return made


def test_other_services_of_the_project_take_their_share_and_others_do_not() -> None:
    own = case(Quota(replicas=4))
    other = Case(service_id="other", need=Need(millicores=1000))
    mine, theirs, strange = (seen(replica(id_, "d1")) for id_ in ("r1", "r2", "r3"))
    theirs = replace(theirs, labels=replace(theirs.labels, service_id="other"))
    strange = replace(
        strange, labels=replace(strange.labels, service_id="third", project_id="elsewhere")
    )
    cases = {SERVICE: own, "other": other}
    fits = bounded(ENOUGH, own, cases, (mine, theirs, strange), 0)
    assert fits.count == 2
    assert fits.why == "quota: 1 of the project's 4 replicas are taken"


def test_the_scarcest_of_several_limits_decides_and_a_node_may_be_scarcer() -> None:
    of = case(Quota(replicas=10, cpu=5, memory_gb=1000))
    assert bounded(ENOUGH, of, {}, (), 0).count == 2
    assert bounded(Fit(count=1, why="capacity: x"), of, {}, (), 0).why == "capacity: x"
    assert bounded(ENOUGH, case(Quota()), {}, (), 0) is ENOUGH


def test_a_rollout_may_stand_beside_what_it_replaces() -> None:
    of = case(Quota(replicas=1))
    assert bounded(ENOUGH, of, {}, (seen(R1),), 0).count == 0
    rolling = wanted(service(ROLLOUT, SERVING))
    assert beside(rolling) == 1
    assert bounded(ENOUGH, of, {}, (seen(R1),), beside(rolling)).count == 1


def full(**changes: object) -> Situation:
    of = wanted(service(SERVING, SERVING, replicas=3, **changes), R1)
    return situation(of, memory=ready_source(SERVING), placeable=1, why_full=WHY)


def test_what_fits_is_started_and_of_the_rest_is_told_why_once() -> None:
    start, told = actions(full())
    assert isinstance(start, Start)
    assert told == TellPlacement(missing=1, why=WHY)
    assert [type(one) for one in actions(full(unplaced="quota: 2 of 2"))] == [Start]
    (_, other) = actions(full(unplaced="capacity: 1 node: 1 lacks 8 vCPU"))
    assert isinstance(other, TellPlacement)


def test_once_all_found_a_place_that_is_told_too() -> None:
    of = situation(wanted(service(SERVING, SERVING, unplaced=WHY), R1))
    assert actions(of) == (TellPlacement(missing=0, why=""),)
    assert decide(situation(wanted(service(SERVING, SERVING), R1), memory=of.memory)).actions == ()


def test_a_first_rollout_that_the_quota_has_no_room_for_fails_with_that_reason() -> None:
    rollout = replace(ROLLOUT, commit="c" * 40)
    of = situation(
        wanted(service(rollout)), memory=ready_source(rollout), placeable=0, why_full=WHY
    )
    (conclude,) = actions(of)
    assert isinstance(conclude, Conclude)
    assert (conclude.reason, WHY in conclude.message) == ("quota", True)
