"""What happened to a node."""

from dataclasses import dataclass
from typing import Literal

from shared.domain.node.parts import Capacity, Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeDeclared:
    name: str
    kind: Literal["local", "simulated"]
    region: str
    capacity: Capacity
    purpose: Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeDetected:
    """The machine as it is now; what it is for stays as it was."""

    name: str
    region: str
    capacity: Capacity
    overcommits: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRevised:
    """The whole node after the change."""

    name: str
    region: str
    capacity: Capacity
    purpose: Purpose
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeDrainRequested:
    """It is cordoned as well."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRemoved:
    name: str


NodeEvent = NodeDeclared | NodeDetected | NodeRevised | NodeDrainRequested | NodeRemoved
