"""Nodes with what is placed on each, at every moment; and who may see them."""

from dataclasses import replace

from services.query.views.audit.states import after
from shared.domain.node.events import (
    NodeDeclared,
    NodeDetected,
    NodeDrainRequested,
    NodeRemoved,
    NodeRevised,
)
from shared.domain.node.parts import Capacity, Purpose
from shared.domain.rejections import Forbidden, NotFound
from shared.queries.nodes import GetNode, ListNodes
from shared.queries.services import ListReplicas
from tests.views.test_services import ready, started
from tests.views.world import World

GIB = 2**30
HAS = Capacity(millicores=16_000, memory_bytes=64 * GIB, gpus=(("L4", 2),))
HERE = NodeDetected(name="embedded", region="", capacity=HAS, overcommits=True)
BLUE = NodeDeclared(
    name="blue",
    kind="local",
    region="eu-west-1",
    capacity=HAS,
    purpose=Purpose(labels=(("zone", "a"),), taints=("batch",)),
)


async def test_nodes_tell_what_is_placed_on_them(world: World) -> None:
    root = await world.person("root", admin=True)
    service, deployment = await world.service(root.home, "api")
    replicas = [world.new_id() for _ in range(3)]
    of = [started(one, service, root.home, deployment) for one in replicas]
    await world.happened(
        HERE, BLUE, replace(of[0], node="blue"), of[1], replace(of[2], node="gone")
    )
    await world.happened(ready(replicas[0], service))
    await world.project()
    page = await world.shown(ListNodes(), root)
    assert [(one.name, one.kind, one.replicas, one.jobs) for one in page.items] == [
        ("blue", "local", 1, 0),
        ("embedded", "detected", 2, 0),  # From before nodes had names, and of one that is gone.
    ]
    blue, here = page.items
    assert blue.booked == Capacity(millicores=8000, memory_bytes=32 * GIB)
    assert (blue.capacity, blue.purpose, blue.region) == (HAS, BLUE.purpose, "eu-west-1")
    assert (here.overcommits, here.is_draining, here.purpose) == (True, False, Purpose())
    told = await world.shown(ListReplicas(service_id=service), root)
    assert {one.node for one in told.items} == {"", "blue", "gone"}
    second = await world.told(ListNodes(page=2, per_page=1), "scheduler")
    assert ([one.name for one in second.items], second.total) == (["embedded"], 2)


async def test_a_node_follows_what_is_done_to_it(world: World) -> None:
    root = await world.person("root", admin=True)
    await world.happened(HERE, BLUE, NodeDrainRequested(name="blue"))
    await world.project()
    blue = await world.shown(GetNode(name="blue"), root)
    assert (blue.is_draining, blue.purpose.is_cordoned) == (True, True)

    more = replace(HAS, gpus=())
    purpose = Purpose(taints=("old",))
    await world.happened(
        NodeRevised(
            name="blue",
            region="",
            capacity=more,
            purpose=purpose,
            changed=("region", "capacity", "labels", "taints", "is_cordoned"),
        ),
        NodeDrainRequested(name="embedded"),
        replace(HERE, capacity=more, overcommits=False),
    )
    await world.project()
    blue = await world.shown(GetNode(name="blue"), root)
    assert (blue.is_draining, blue.purpose, blue.capacity) == (False, purpose, more)
    here = await world.shown(GetNode(name="embedded"), root)
    assert (here.is_draining, here.capacity, here.overcommits) == (True, more, False)

    await world.happened(NodeRemoved(name="blue"))
    await world.project()
    assert isinstance(await world.refused(GetNode(name="blue"), root), NotFound)
    await world.happened(BLUE)
    await world.project()
    assert (await world.shown(GetNode(name="blue"), root)).purpose == BLUE.purpose


async def test_nodes_are_for_who_keeps_the_installation(world: World) -> None:
    ada = await world.person("ada")
    await world.happened(HERE)
    await world.project()
    assert isinstance(await world.refused(ListNodes(), ada), Forbidden)
    assert isinstance(await world.refused(GetNode(name="embedded"), ada), Forbidden)
    assert isinstance(await world.refused(GetNode(name="none"), ada), Forbidden)


def test_a_nodes_state_at_a_moment_is_what_was_said_until_then() -> None:
    capacity = {"millicores": 1, "memory_bytes": 1, "gpus": []}
    state = after({}, "node.detected", {"name": "here", "region": "", "capacity": capacity})
    assert (state["kind"], state["lifecycle"]) == ("detected", "live")
    state = after(state, "node.drain_requested", {"name": "here"})
    assert (state["is_draining"], state["purpose"]) == (True, {"is_cordoned": True})
    opened = {"region": "", "capacity": capacity, "purpose": {"is_cordoned": False}}
    state = after(state, "node.revised", {"name": "here", "changed": [], **opened})
    assert (state["is_draining"], state["purpose"]) == (False, {"is_cordoned": False})
    assert after(state, "node.removed", {"name": "here"})["lifecycle"] == "removed"
