"""A machine is as it is found, its slices as they are declared; draining, opening, and names."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.node.commands import (
    DeclareNode,
    DrainNode,
    NodeCommand,
    RecordNodeDetected,
    RecordNodeGone,
    RemoveNode,
    ReviseNode,
)
from shared.domain.node.events import (
    NodeDeclared,
    NodeDetected,
    NodeDrainRequested,
    NodeEvent,
    NodeRemoved,
    NodeRevised,
)
from shared.domain.node.parts import Capacity, Purpose
from shared.domain.rejections import Conflicting, Invalid, NotFound
from tests.support.given import given

HAS = Capacity(millicores=4000, memory_bytes=2**34, gpus=(("L4", 2),))
MORE = replace(HAS, millicores=8000)
OPEN, SHUT = Purpose(), Purpose(is_cordoned=True)
BLUE = NodeDeclared(name="blue", kind="local", region="", capacity=HAS, purpose=OPEN)
HERE = NodeDetected(name="here", region="", capacity=HAS, overcommits=True)
DRAIN = NodeDrainRequested(name="blue")


def declaring(name: str = "blue", **changes: Any) -> DeclareNode:
    return DeclareNode(name=name, capacity=HAS, **changes)


def revised(*changed: str, **fields: Any) -> NodeRevised:
    values = {"name": "blue", "region": "", "capacity": HAS, "purpose": OPEN, **fields}
    return NodeRevised(changed=changed, **values)


def found(**changes: Any) -> RecordNodeDetected:
    return replace(RecordNodeDetected(name="here", capacity=HAS, overcommits=True), **changes)


def test_a_node_is_declared_as_it_was_asked_for() -> None:
    given().when(declaring()).then(BLUE)
    simulated = replace(BLUE, kind="simulated", region="eu-west-1")
    given().when(declaring(kind="simulated", region="eu-west-1")).then(simulated)
    given(BLUE).when(declaring()).then_rejected(Conflicting, state="exists")
    given(HERE).when(declaring("here")).then_rejected(Conflicting, state="exists")


@pytest.mark.parametrize("name", ["", "A", "a.b", "a b", "-a", "a-", "x" * 64, "a/b", "a>b", "a\n"])
def test_a_name_is_part_of_subjects_and_paths(name: str) -> None:
    given().when(declaring(name)).then_rejected(Invalid, field="name")


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("cpu", {"capacity": replace(HAS, millicores=0)}),
        ("cpu", {"capacity": replace(HAS, millicores=10**9)}),
        ("memory_gb", {"capacity": replace(HAS, memory_bytes=0)}),
        ("gpus", {"capacity": replace(HAS, gpus=(("L4", 0),))}),
        ("gpus", {"capacity": replace(HAS, gpus=(("none", 1),))}),
        ("region", {"region": "a\nb"}),
        ("labels", {"purpose": Purpose(labels=(("zone", ""),))}),
        ("taints", {"purpose": Purpose(taints=("x", "x"))}),
        ("taints", {"purpose": Purpose(taints=("a,b",))}),
    ],
)
def test_a_part_out_of_bounds_is_named(field: str, changes: dict[str, Any]) -> None:
    base = {"capacity": HAS, **changes}
    given().when(DeclareNode(name="blue", **base)).then_rejected(Invalid, field=field)
    given(BLUE).when(ReviseNode(name="blue", **base)).then_rejected(Invalid, field=field)


def test_what_is_left_out_of_a_revision_stays() -> None:
    given(BLUE).when(ReviseNode(name="blue")).then_nothing_happened()
    given(BLUE).when(ReviseNode(name="blue", capacity=MORE)).then(
        revised("capacity", capacity=MORE)
    )
    given(BLUE).when(ReviseNode(name="blue", purpose=SHUT)).then(
        revised("is_cordoned", purpose=SHUT)
    )


def test_draining_cordons_and_opening_ends_it() -> None:
    given(BLUE).when(DrainNode(name="blue")).then(DRAIN)
    given(BLUE, DRAIN).when(DrainNode(name="blue")).then_nothing_happened()
    given(BLUE, DRAIN).when(ReviseNode(name="blue", purpose=SHUT)).then_nothing_happened()
    opened = revised("is_cordoned")
    given(BLUE, DRAIN).when(ReviseNode(name="blue")).then(opened)
    given(BLUE, DRAIN, opened).when(DrainNode(name="blue")).then(DRAIN)
    kept = revised("capacity", capacity=MORE, purpose=SHUT)
    given(BLUE, DRAIN, kept).when(DrainNode(name="blue")).then_nothing_happened()


def test_the_machine_cannot_be_made_other_than_it_is_nor_removed() -> None:
    given(HERE).when(RemoveNode(name="here")).then_rejected(Conflicting, state="fixed")
    for field, changes in (
        ("cpu", {"capacity": MORE}),
        ("gpus", {"capacity": replace(HAS, gpus=())}),
        ("region", {"region": "eu-west-1"}),
    ):
        asked: Any = ReviseNode(name="here", **changes)
        given(HERE).when(asked).then_rejected(Invalid, field=field)
    same = ReviseNode(name="here", capacity=HAS, region="", purpose=SHUT)
    given(HERE).when(same).then(revised("is_cordoned", name="here", purpose=SHUT))


def test_a_machine_is_recorded_once_and_again_when_it_differs() -> None:
    given().when(found()).then(HERE)
    given(HERE).when(found()).then_nothing_happened()
    given(HERE).when(found(capacity=MORE)).then(replace(HERE, capacity=MORE))
    given(BLUE).when(found(name="blue")).then_rejected(Conflicting, state="exists")
    drained = NodeDrainRequested(name="here")
    given(HERE, drained, replace(HERE, capacity=MORE)).when(
        DrainNode(name="here")
    ).then_nothing_happened()


def test_who_is_gone_may_be_declared_again() -> None:
    gone = NodeRemoved(name="blue")
    given(BLUE).when(RemoveNode(name="blue")).then(gone)
    given(BLUE, gone).when(RemoveNode(name="blue")).then_rejected(NotFound)
    given(BLUE, gone).when(DrainNode(name="blue")).then_rejected(NotFound)
    given(BLUE, gone).when(declaring()).then(BLUE)
    given(HERE).when(RecordNodeGone(name="here")).then(NodeRemoved(name="here"))
    given(BLUE).when(RecordNodeGone(name="blue")).then_nothing_happened()


@pytest.mark.parametrize(
    ("past", "command"),
    [
        ((BLUE,), ReviseNode(name="blue", capacity=MORE, purpose=SHUT)),
        ((BLUE,), DrainNode(name="blue")),
        ((), found()),
        ((HERE,), RecordNodeGone(name="here")),
    ],
)
def test_deciding_twice_is_deciding_once(past: tuple[NodeEvent, ...], command: NodeCommand) -> None:
    events = given(*past).when(command).answer
    assert events
    given(*past, *events).when(command).then_nothing_happened()
