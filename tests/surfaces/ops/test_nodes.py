"""Nodes on the wire: capacity as people write it, what is left, and what cannot be."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.node.commands import DeclareNode, DrainNode, RemoveNode, ReviseNode
from shared.domain.node.parts import Capacity, Purpose
from shared.domain.rejections import Conflicting, Forbidden
from shared.queries.nodes import GetNode, ListNodes, NodeDocument, NodePage
from tests.surfaces.stubs import MOMENT, Gateway

PATH = "/ops/v1/nodes"
GIB = 2**30
HAS = Capacity(millicores=8000, memory_bytes=32 * GIB, gpus=(("L4", 2),))
NODE = NodeDocument(
    name="blue",
    kind="local",
    region="eu-west-1",
    capacity=HAS,
    purpose=Purpose(labels=(("zone", "a"),), taints=("batch",)),
    is_draining=False,
    overcommits=False,
    created_at=MOMENT,
    updated_at=MOMENT,
    replicas=2,
    jobs=1,
    booked=Capacity(millicores=2500, memory_bytes=33 * GIB, gpus=(("L4", 1),)),
)
BODY = {
    "name": "blue",
    "region": "eu-west-1",
    "cpu": 8,
    "memory_gb": 32,
    "gpus": {"L4": 2},
    "labels": {"zone": "a"},
    "taints": ["batch"],
}


async def test_a_node_shows_what_is_taken_and_what_is_left(gateway: Gateway) -> None:
    gateway.dispatch.answers[ListNodes] = NodePage(
        items=(NODE, replace(NODE, name="here", kind="detected", overcommits=True)), total=2
    )
    body = (await gateway.ask("GET", PATH)).json()
    blue, here = body["data"]
    assert blue["capacity"] == {"cpu": 8.0, "memory_gb": 32.0, "gpus": {"L4": 2}}
    assert blue["booked"] == {"cpu": 2.5, "memory_gb": 33.0, "gpus": {"L4": 1}}
    assert blue["free"] == {"cpu": 5.5, "memory_gb": 0.0, "gpus": {"L4": 1}}
    assert (blue["replicas"], blue["jobs"], blue["cordoned"]) == (2, 1, False)
    assert here["free"] is None
    assert body["pagination"]["total"] == 2


async def test_a_node_is_declared_changed_drained_and_removed(gateway: Gateway) -> None:
    gateway.dispatch.answers[GetNode] = NODE
    made = await gateway.ask("POST", PATH, json=BODY)
    assert (made.status_code, made.json()["name"]) == (201, "blue")
    purpose = Purpose(labels=(("zone", "a"),), taints=("batch",))
    declared = DeclareNode(name="blue", region="eu-west-1", capacity=HAS, purpose=purpose)
    assert gateway.dispatch.sent[-1].command == declared

    assert (await gateway.ask("PUT", f"{PATH}/blue", json={"cordoned": True})).status_code == 200
    shut = ReviseNode(name="blue", purpose=Purpose(is_cordoned=True))
    assert gateway.dispatch.sent[-1].command == shut
    await gateway.ask("PUT", f"{PATH}/blue", json={"cpu": 0.5})
    assert gateway.dispatch.sent[-1].command.capacity == replace(HAS, millicores=500)

    assert (await gateway.ask("POST", f"{PATH}/blue/drain")).status_code == 200
    assert gateway.dispatch.sent[-1].command == DrainNode(name="blue")
    assert (await gateway.ask("DELETE", f"{PATH}/blue")).status_code == 204
    assert gateway.dispatch.sent[-1].command == RemoveNode(name="blue")


@pytest.mark.parametrize(
    "changes",
    [{"cpu": 0}, {"cpu": 1e300}, {"memory_gb": -1}, {"memory_gb": 1e300}, {"kind": "detected"}],
)
async def test_amounts_that_are_none_are_refused(gateway: Gateway, changes: dict[str, Any]) -> None:
    refused = await gateway.ask("POST", PATH, json={**BODY, **changes})
    assert refused.status_code == 400
    assert gateway.dispatch.sent == []


@pytest.mark.parametrize(
    ("rejection", "status"),
    [
        (Forbidden(action="node.write", resource="*"), 403),
        (Conflicting(state="exists", message="There is a node of this name."), 409),
    ],
)
async def test_a_refusal_has_its_status(gateway: Gateway, rejection: Any, status: int) -> None:
    gateway.dispatch.rejection = rejection
    assert (await gateway.ask("POST", PATH, json=BODY)).status_code == status


async def test_what_could_be_no_name_is_not_found(gateway: Gateway) -> None:
    for method, tail in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/drain")):
        assert (await gateway.ask(method, f"{PATH}/A.b{tail}", json={})).status_code == 404
