"""Nodes on the wire: vCPU with three digits, memory in GiB, GPUs by type."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import BaseModel, Field

from services.gateway.parameters import Body
from services.gateway.surfaces.ops.wire import Pagination

_REGION = "Empty: each that no other node names."
_LABELS = "Services ask for them by their label `nodes`; `pool` and `zone` have a meaning."
_TAINTS = "Only services that tolerate all of them go there, by their label `tolerates`."


class DeclareNode(Body):
    name: str = Field(json_schema_extra={"minLength": 1, "maxLength": 63})
    kind: Literal["local", "simulated"] = Field(
        "local", description="A slice of this machine, or a place where nothing ever runs."
    )
    region: str = Field("", description=_REGION)
    cpu: float = Field(description="vCPU.")
    memory_gb: float = Field(description="GiB.")
    gpus: dict[str, int] = Field(default_factory=dict, description="How many of each type.")
    labels: dict[str, str] = Field(default_factory=dict, description=_LABELS)
    taints: list[str] = Field(default_factory=list, description=_TAINTS)
    cordoned: bool = Field(False, description="Nothing new is placed there.")


class ReviseNode(Body):
    """The whole node. Of this machine itself `region`, `cpu`, `memory_gb` and `gpus` are as they
    are: leave them out."""

    nullable: ClassVar[frozenset[str]] = frozenset({"region", "cpu", "memory_gb", "gpus"})

    region: str | None = Field(None, description=_REGION)
    cpu: float | None = Field(None, description="vCPU; without it all of the capacity stays.")
    memory_gb: float | None = Field(None, description="GiB; goes with `cpu`.")
    gpus: dict[str, int] | None = Field(None, description="How many of each type.")
    labels: dict[str, str] = Field(default_factory=dict, description=_LABELS)
    taints: list[str] = Field(default_factory=list, description=_TAINTS)
    cordoned: bool = Field(False, description="False opens it again and ends its draining.")


class Amounts(BaseModel):
    cpu: float
    memory_gb: float
    gpus: dict[str, int]


class Node(BaseModel):
    """`booked` is what the replicas and jobs that are placed there ask for; `free` what is left,
    null where the capacity bounds nothing (`overcommits`)."""

    name: str
    kind: Literal["detected", "local", "simulated"]
    region: str
    capacity: Amounts
    booked: Amounts
    free: Amounts | None
    replicas: int
    jobs: int
    labels: dict[str, str]
    taints: list[str]
    cordoned: bool
    draining: bool
    overcommits: bool
    created_at: datetime
    updated_at: datetime


class NodeList(BaseModel):
    data: list[Node]
    pagination: Pagination
