"""Whatever happens and wherever the leader dies: the bounds hold, and it ends as it should."""

from dataclasses import replace

import pytest

from services.scheduler.decide import decide
from services.scheduler.roll import surge_of
from tests.scheduler.checks import check_bound, check_settled
from tests.scheduler.world import Leader, LeaderDied, WasFenced, World

SEEDS = range(15)
ROUNDS_MAX = 40


def settle(world: World, leader: Leader, seconds: float = 200.0) -> Leader:
    """Runs the world until its time is over; a leader that dies is followed by the next."""
    until = world.now + seconds
    while world.now < until:
        try:
            for _ in range(ROUNDS_MAX):
                if not world.look(leader):
                    break
            else:
                raise AssertionError("a plan without end")
        except LeaderDied:
            leader = world.leader()
        world.pass_time(world.chance.uniform(0.05, 1.5))
    return leader


def calm(world: World, leader: Leader) -> None:
    world.die_rate = world.crash_rate = 0.0
    leader = settle(world, leader, 250.0)
    check_settled(world)
    assert not world.look(leader), "nothing is left to do at the fixpoint"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_first_rollout_and_the_next_end_with_the_new_replicas_only(seed: int) -> None:
    world = World(seed, replicas=1 + seed % 5)
    world.deploy("d1")
    leader = settle(world, world.leader())
    check_settled(world)
    world.deploy("d2")
    calm(world, leader)
    assert [verdict.succeeded for verdict in world.verdicts] == [True, True]


@pytest.mark.parametrize("seed", SEEDS)
def test_ready_replicas_never_fall_below_what_is_wanted_during_a_rollout(seed: int) -> None:
    world = World(seed, replicas=1 + seed % 6)
    world.deploy("d1")
    leader = settle(world, world.leader())
    world.deploy("d2")
    for _ in range(400):
        while world.look(leader):
            check_bound(world)
        world.pass_time(0.5)
        check_bound(world)
        assert world.table is not None
        routed = [b for b in world.table.backends if b.state == "ready"]
        assert len(routed) >= world.replicas
    assert world.serving == "d2"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_leader_may_die_between_any_two_effects(seed: int) -> None:
    world = World(seed, replicas=1 + seed % 4, die_rate=0.15)
    world.deploy("d1")
    leader = settle(world, world.leader())
    if world.newest.status != "in_progress":
        world.deploy("d2")
    calm(world, settle(world, leader))
    assert world.serving == world.newest.id
    # Each death may leave one start unrecorded, which is adopted, never doubled.
    assert world.peak <= world.replicas + surge_of(world.replicas) + 1


@pytest.mark.parametrize("seed", SEEDS)
def test_replicas_that_crash_now_and_then_are_replaced(seed: int) -> None:
    world = World(seed, replicas=2, die_rate=0.02)
    world.deploy("d1")
    leader = settle(world, world.leader())
    world.crash_rate = 0.02
    leader = settle(world, leader)
    calm(world, leader)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_deployment_that_crashes_fails_and_the_old_one_serves_on(seed: int) -> None:
    world = World(seed, replicas=1 + seed % 4, bad=frozenset({"d2"}))
    world.deploy("d1")
    leader = settle(world, world.leader())
    world.deploy("d2")
    calm(world, leader)
    assert [verdict.reason for verdict in world.verdicts] == ["", "crashed"]
    assert world.serving == "d1"


@pytest.mark.parametrize("seed", SEEDS)
def test_scaling_up_and_down_ends_at_what_is_wanted(seed: int) -> None:
    world = World(seed, replicas=3, die_rate=0.05)
    world.deploy("d1")
    leader = settle(world, world.leader())
    for world.replicas in (5, 1, 4):
        leader = settle(world, leader, world.chance.uniform(1, 40))
    calm(world, leader)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_removed_service_leaves_nothing_whenever_it_is_removed(seed: int) -> None:
    world = World(seed, replicas=2, die_rate=0.1)
    world.deploy("d1")
    leader = settle(world, world.leader(), world.chance.uniform(0, 15))
    world.is_removed = True
    calm(world, leader)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_paused_leader_cannot_write_and_what_it_started_is_taken_over(seed: int) -> None:
    world = World(seed, replicas=2)
    world.deploy("d1")
    old = world.leader()
    for _ in range(world.chance.randrange(1, 6)):
        world.look(old)
    old.kept = world.situation(old)
    new = settle(world, world.leader(), world.chance.uniform(0, 10))
    recorded = dict(world.docs)
    try:
        world.look(old)
    except WasFenced:
        pass
    else:
        assert world.docs == recorded, "an old leader has written"
    calm(world, new)


def test_order_and_repetition_of_what_is_seen_change_nothing() -> None:
    world = World(7, replicas=3)
    world.deploy("d1")
    leader = settle(world, world.leader(), 6.0)
    plans = {decide(world.situation(leader)).actions for _ in range(20)}
    assert len(plans) == 1
    seen = world.situation(leader)
    twice = replace(seen, observed=(*seen.observed, *seen.observed))
    assert {decide(twice).actions} == plans


@pytest.mark.parametrize("seed", SEEDS)
def test_routes_of_a_former_leader_are_put_right(seed: int) -> None:
    world = World(seed, replicas=2)
    world.deploy("d1")
    leader = settle(world, world.leader())
    routed = world.table
    assert routed is not None
    # It woke, and told the edges what it had seen: that nobody was ready.
    world.table = replace(routed, generation=routed.generation + 1, backends=())
    world.apply_at = world.now
    leader = settle(world, leader, 20.0)
    assert world.applied is not None
    assert world.applied.backends == routed.backends
    check_settled(world)
