"""A node is drained in the simulated world: its replicas move, and at no moment one is missed."""

from dataclasses import dataclass, replace

import pytest

from services.scheduler.model import Situation
from services.scheduler.needs import need_of
from services.scheduler.nodes.book import Placed, filled
from services.scheduler.nodes.filters import fit
from services.scheduler.nodes.node import Node
from services.scheduler.placement import GIB
from tests.scheduler.checks import check_bound, check_settled
from tests.scheduler.test_simulation import settle
from tests.scheduler.world import Leader, World

SEEDS = range(12)
ROOMY = Node(name="a", kind="local", millicores=64_000, memory_bytes=512 * GIB)
BOTH = (ROOMY, replace(ROOMY, name="b"))


@dataclass(slots=True)
class Spread(World):
    """Its replicas are placed on nodes."""

    nodes: tuple[Node, ...] = BOTH

    def situation(self, leader: Leader) -> Situation:
        of = World.situation(self, leader)
        service = of.wanted.service
        if service is None:
            return of
        need = need_of(service)
        alive = [one.labels for one in of.observed if one.exit is None]
        placed = [Placed(node=one.node, owner=one.service_id, need=need) for one in alive]
        nodes = filled(tuple(self._shuffled(list(self.nodes))), placed)
        fits = fit(need, nodes)
        return replace(of, nodes=nodes, placeable=fits.count, why_full=fits.why)

    def drain(self, name: str) -> None:
        self.nodes = tuple(
            replace(node, is_cordoned=True, is_draining=True) if node.name == name else node
            for node in self.nodes
        )

    def on(self, name: str) -> list[str]:
        return [
            one.replica_id
            for one in self.engine.values()
            if one.exit is None and one.labels.node == name
        ]

    def answering(self) -> int:
        """Those that the edges have routes to, and that live."""
        backends = self.applied.backends if self.applied is not None else ()
        return sum(
            backend.state == "ready"
            and backend.replica_id in self.engine
            and self.engine[backend.replica_id].exit is None
            for backend in backends
        )


def serving(seed: int) -> tuple[Spread, Leader]:
    world = Spread(seed, replicas=1 + seed % 5)
    world.deploy("d1")
    leader = settle(world, world.leader())
    check_settled(world)
    if world.replicas > 1:
        assert world.on("a"), "replicas of one service are apart"
        assert world.on("b")
    return world, leader


@pytest.mark.parametrize("seed", SEEDS)
def test_replicas_move_and_as_many_answer_at_every_moment(seed: int) -> None:
    world, leader = serving(seed)
    name = max("ab", key=lambda one: len(world.on(one)))
    moved = len(world.on(name))
    assert moved
    world.drain(name)
    for _ in range(300):
        while world.look(leader):
            check_bound(world)
        world.pass_time(0.5)
        check_bound(world)
        assert world.answering() >= world.replicas, "somebody is missed"
    check_settled(world)
    assert world.on(name) == []
    assert not world.look(leader), "nothing is left to do"


@pytest.mark.parametrize("seed", SEEDS)
def test_wherever_leaders_die_the_node_is_left(seed: int) -> None:
    world, leader = serving(seed)
    world.drain("a")
    world.die_rate = 0.05
    leader = settle(world, leader)
    world.die_rate = 0.0
    settle(world, leader)
    check_settled(world)
    assert world.on("a") == []


@pytest.mark.parametrize("seed", SEEDS)
def test_a_rollout_while_a_node_drains_goes_elsewhere(seed: int) -> None:
    world, leader = serving(seed)
    world.drain("b")
    world.deploy("d2")
    settle(world, leader, 250.0)
    check_settled(world)
    assert world.on("b") == []
    assert [verdict.succeeded for verdict in world.verdicts] == [True, True]
