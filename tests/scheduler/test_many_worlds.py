"""A thousand worlds where all goes wrong: leaders die, replicas crash, acks and the log are lost,
and leaders that were paused wake up and act on what they saw, beside those who followed them.

Whatever the seed, the bounds hold and it ends as it should; and the same seed decides the same, so
that a recorded incident can be played again."""

from contextlib import suppress

import pytest

from services.scheduler.decide import decide
from services.scheduler.model import Action
from services.scheduler.roll import surge_of
from tests.scheduler.checks import check_settled
from tests.scheduler.world import Leader, LeaderDied, WasFenced, World

WORLDS, GROUPS = 1000, 20
ROUNDS_MAX = 40
# Seeds that showed a fault, each kept when it was mended. Those: a leader that woke behind another
# published routes to replicas that had ended, and the one that led never looked at them again.
INCIDENTS = (45, 133, 141, 218, 230, 246, 274)


class Unreachable(Exception):
    """The log does not answer: nothing is told, and nothing is begun."""


class Stormy(World):
    """Acks get lost, the log is away, leaders are paused, each for a while, as the seed has it."""

    deaf_until = 0.0
    cut_until = 0.0
    woken = 0
    """Leaders that woke behind another and acted: what the test must have met."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.paused: list[tuple[float, Leader]] = []

    def pause(self, leader: Leader) -> Leader:
        """It has seen, and not yet acted; the next one leads meanwhile."""
        leader.kept = self.situation(leader)
        self.paused.append((self.now + self.chance.uniform(0.5, 25.0), leader))
        return self.leader()

    def wake(self) -> None:
        """Whoever is due acts on what it saw, until the log refuses it; it never looks again."""
        due = [leader for at, leader in self.paused if at <= self.now]
        self.paused = [(at, leader) for at, leader in self.paused if at > self.now]
        for leader in due:
            told = self.told()
            with suppress(WasFenced, LeaderDied, Unreachable):
                self.woken += self.look(leader)
            assert self.told() == told, "a former leader has written to the log"

    def told(self) -> tuple[object, ...]:
        """What the log says."""
        return (dict(self.docs), set(self.ended), list(self.deployments), list(self.verdicts))

    def storm(self) -> None:
        if self.chance.random() < 0.1:
            self.deaf_until = self.now + self.chance.uniform(0.5, 12.0)
        if self.chance.random() < 0.05:
            self.cut_until = self.now + self.chance.uniform(0.5, 10.0)

    def pass_time(self, seconds: float) -> None:
        # What an edge says while nobody hears it is as if it were not said.
        applied = self.applied
        super().pass_time(seconds)
        if self.now < self.deaf_until:
            self.applied = applied

    def _record(self, leader: Leader, action: Action) -> None:
        if self.now < self.cut_until:
            raise Unreachable
        super()._record(leader, action)


def live(seed: int) -> tuple[Stormy, list[tuple[Action, ...]]]:
    """One world's first minutes, then calm; with every plan that was made."""
    world = Stormy(seed, replicas=1 + seed % 4, die_rate=0.05, crash_rate=0.005)
    world.deploy("d1")
    leader = world.leader()
    plans: list[tuple[Action, ...]] = []
    for turn in range(160):
        if turn < 60:
            world.storm()
            world.wake()
            if world.chance.random() < 0.04:
                leader = world.pause(leader)
        elif turn == 60:
            world.paused.clear()
            world.die_rate = world.crash_rate = world.deaf_until = world.cut_until = 0.0
        if turn == 30 and world.newest.status != "in_progress":
            world.deploy("d2")
        leader = _look(world, leader, plans)
        world.pass_time(world.chance.uniform(0.05, 3.0))
    return world, plans


def _look(world: Stormy, leader: Leader, plans: list[tuple[Action, ...]]) -> Leader:
    try:
        for _ in range(ROUNDS_MAX):
            plans.append(decide(world.situation(leader)).actions)
            if not world.look(leader):
                return leader
        raise AssertionError("a plan without end")
    except LeaderDied:
        return world.leader()
    except Unreachable:
        return leader


@pytest.mark.parametrize("group", range(GROUPS))
def test_a_thousand_stormy_worlds_end_as_they_should(group: int) -> None:
    woken = 0
    for seed in range(group, WORLDS, GROUPS):
        try:
            world, _ = live(seed)
            check_settled(world)
        except AssertionError as failed:
            failed.add_note(f"seed {seed}: mend it and keep the seed in INCIDENTS")
            raise
        # A death, an away log or a leader that woke may leave a start unrecorded; it is adopted,
        # never doubled.
        assert world.peak <= world.replicas + surge_of(world.replicas) + 2, seed
        woken += world.woken
    assert woken, "in no world a former leader woke and acted"


@pytest.mark.parametrize("seed", INCIDENTS)
def test_a_world_that_once_failed_ends_as_it_should(seed: int) -> None:
    check_settled(live(seed)[0])


@pytest.mark.parametrize("seed", range(20))
def test_an_incident_that_is_played_again_decides_the_same(seed: int) -> None:
    first, second = live(seed), live(seed)
    assert first[1] == second[1]
    assert first[0].verdicts == second[0].verdicts
