"""What may be asked of a node, and what the scheduler reports of the machine it runs on."""

from dataclasses import dataclass
from typing import Literal

from shared.domain.node.parts import OPEN, Capacity, Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareNode:
    """A slice of this machine, or a place of which what-ifs alone know. `region` empty: each that
    no other node names."""

    name: str
    capacity: Capacity
    kind: Literal["local", "simulated"] = "local"
    region: str = ""
    purpose: Purpose = OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviseNode:
    """None: as it is. What a machine has and where it stands cannot be revised. Who opens a node
    that is cordoned ends its draining."""

    name: str
    capacity: Capacity | None = None
    region: str | None = None
    purpose: Purpose = OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainNode:
    """Nothing new is placed there; replicas move, jobs run to their end."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveNode:
    """Its replicas move as from a node that drains."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordNodeDetected:
    """`overcommits`: what it has bounds nothing."""

    name: str
    capacity: Capacity
    region: str = ""
    overcommits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordNodeGone:
    """A machine that is called otherwise by now."""

    name: str


NodeCommand = (
    DeclareNode | ReviseNode | DrainNode | RemoveNode | RecordNodeDetected | RecordNodeGone
)
