"""Nodes: what each has, what is placed there, and what is left."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.node.parts import Capacity, Kind, Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class ListNodes:
    """By name; for the installation's admin and the scheduler."""

    page: int = 1
    per_page: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class GetNode:
    """NotFound as well for who does not keep the installation."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeDocument:
    """`booked` is what the `replicas` and `jobs` that are placed there ask for together; what runs
    since before nodes had names is counted to the machine."""

    name: str
    kind: Kind
    region: str
    capacity: Capacity
    purpose: Purpose
    is_draining: bool
    overcommits: bool
    created_at: datetime
    updated_at: datetime
    replicas: int
    jobs: int
    booked: Capacity


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePage:
    items: tuple[NodeDocument, ...]
    total: int
