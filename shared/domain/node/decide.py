"""The rules of nodes: a machine is as it is found, its slices are as they are declared."""

from typing import assert_never

from shared.domain.facts import Facts
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
from shared.domain.node.parts import NAME, wrong_capacity, wrong_purpose, wrong_region
from shared.domain.node.state import Absent, Known, State
from shared.domain.rejections import Conflicting, Invalid, NotFound, Rejection

Decision = tuple[NodeEvent, ...] | Rejection


def decide(command: NodeCommand, state: State, facts: Facts) -> Decision:
    match command:
        case DeclareNode():
            return _declare(command, state)
        case RecordNodeDetected():
            return _detected(command, state)
        case RecordNodeGone():
            is_there = isinstance(state, Known) and state.kind == "detected"
            return (NodeRemoved(name=command.name),) if is_there else ()
    if isinstance(state, Absent):
        return NotFound(kind="node", key=command.name)
    match command:
        case ReviseNode():
            return _revise(command, state)
        case DrainNode():
            if state.is_draining:
                return ()
            return (NodeDrainRequested(name=command.name),)
        case RemoveNode():
            if state.kind == "detected":
                message = "This is the machine itself; cordon or drain it instead."
                return Conflicting(state="fixed", message=message)
            return (NodeRemoved(name=command.name),)
        case _:
            assert_never(command)


def _declare(command: DeclareNode, state: State) -> Decision:
    if not NAME.match(command.name):
        message = "must be 1 to 63 of lower-case letters, digits and '-' inside"
        return Invalid(field="name", message=message)
    if isinstance(state, Known):
        return Conflicting(state="exists", message="There is a node of this name.")
    wrong = (
        wrong_capacity(command.capacity)
        or wrong_region(command.region)
        or wrong_purpose(command.purpose)
    )
    if wrong is not None:
        return Invalid(field=wrong[0], message=wrong[1])
    return (
        NodeDeclared(
            name=command.name,
            kind=command.kind,
            region=command.region,
            capacity=command.capacity,
            purpose=command.purpose,
        ),
    )


def _revise(command: ReviseNode, state: Known) -> Decision:
    capacity = state.capacity if command.capacity is None else command.capacity
    region = state.region if command.region is None else command.region
    if state.kind == "detected":
        for field, is_same in (
            ("cpu", capacity.millicores == state.capacity.millicores),
            ("memory_gb", capacity.memory_bytes == state.capacity.memory_bytes),
            ("gpus", capacity.gpus == state.capacity.gpus),
            ("region", region == state.region),
        ):
            if not is_same:
                return Invalid(field=field, message="is what this machine has; leave it out")
    elif (wrong := wrong_capacity(capacity) or wrong_region(region)) is not None:
        return Invalid(field=wrong[0], message=wrong[1])
    if (wrong := wrong_purpose(command.purpose)) is not None:
        return Invalid(field=wrong[0], message=wrong[1])
    parts = (
        ("region", region != state.region),
        ("capacity", capacity != state.capacity),
        ("labels", command.purpose.labels != state.purpose.labels),
        ("taints", command.purpose.taints != state.purpose.taints),
        ("is_cordoned", command.purpose.is_cordoned != state.purpose.is_cordoned),
    )
    changed = tuple(name for name, is_changed in parts if is_changed)
    if not changed:
        return ()
    return (
        NodeRevised(
            name=command.name,
            region=region,
            capacity=capacity,
            purpose=command.purpose,
            changed=changed,
        ),
    )


def _detected(command: RecordNodeDetected, state: State) -> Decision:
    if isinstance(state, Known):
        if state.kind != "detected":
            message = "A node of this name was declared; this machine needs another name."
            return Conflicting(state="exists", message=message)
        seen = (command.region, command.capacity, command.overcommits)
        if seen == (state.region, state.capacity, state.overcommits):
            return ()
    return (
        NodeDetected(
            name=command.name,
            region=command.region,
            capacity=command.capacity,
            overcommits=command.overcommits,
        ),
    )
