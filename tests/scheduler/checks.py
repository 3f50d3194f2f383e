"""What must be true of a simulated world: at every moment, and at its end."""

from services.scheduler.roll import surge_of
from tests.scheduler.world import World


def check_bound(world: World) -> None:
    alive = [one for one in world.engine.values() if one.exit is None]
    bound = world.replicas + surge_of(world.replicas)
    assert len(alive) <= bound, f"{len(alive)} replicas where {bound} may be"


def check_settled(world: World) -> None:
    """The fixpoint."""
    alive = {id_ for id_, one in world.engine.items() if one.exit is None}
    assert set(world.engine) == alive == set(world.docs)
    if world.is_removed:
        assert not alive
        assert world.table is None or world.table.state == "gone"
        return
    keeper = [doc.deployment_id for doc in world.docs.values()]
    assert keeper == [world.serving] * (world.replicas if world.serving else 0)
    assert all(doc.state == "ready" for doc in world.docs.values())
    assert world.table is not None
    assert {b.replica_id for b in world.table.backends if b.state == "ready"} == alive
