"""What must be true of a simulated world: at every moment, and at its end.

| Promised (CONTROL 5, 2) | Held by |
| --- | --- |
| never above what is wanted and the surge | `check_bound`; the peak in test_many_worlds |
| never above the maximum, below the minimum | test_autoscaling, test_kpa |
| never above a quota | test_quotas |
| a prefix of a rollout keeps `n` routed, `n + surge` alive | test_simulation (rollout) |
| no route to a replica that was never ready | `World.check`, after every effect |
| out of the routes before it is ended (2.7) | `World._check_stop` |
| a failed deployment starts nothing more, nor a removed service | `World._check_start` |
| success only when all are ready | `World._conclude` |
| order and repetition of what is seen change nothing | `World._shuffled`, test_simulation (last) |
| a fixpoint: nothing is left to do, all routed is alive | `check_settled` |
| one leader writes (2.9), one that wakes is put right | `Stormy.wake`, test_simulation (routes) |
| a death between two effects doubles nothing (2.6) | test_simulation (deaths), the peak |
| pauses between crashes, three fail a rollout (2.10) | test_parts, test_simulation (bad) |
| the same inputs, the same decisions | test_many_worlds (played again), test_replay |
| zero only after a whole quiet window (2.4) | test_idle, test_autoscaling |
"""

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
