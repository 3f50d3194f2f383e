"""Graphs and entities on the wire."""

from typing import Literal

from pydantic import BaseModel, Field

from services.gateway.parameters import QueryInt
from services.gateway.surfaces.microvisualizer.wire import AtQuery


class GraphQuery(AtQuery):
    filteredIds: list[str] | None = None
    depth: QueryInt = Field(1, ge=0, le=5)


class GraphNode(BaseModel):
    id: str
    type: Literal["SERVICE", "TOPIC"]
    label: str
    width: float
    height: float
    x: float
    y: float
    category: str | None = None
    categoryLabel: str | None = None
    categoryColor: str | None = None
    owner: str | None = None
    ownerLabel: str | None = None
    ownerColor: str | None = None
    flows: list[str] | None = None
    flowLabels: list[str] | None = None
    flowColors: list[str] | None = None


class GraphEdge(BaseModel):
    id: str
    type: Literal["SERVICE_TO_TOPIC", "TOPIC_TO_SERVICE"]
    source: str
    target: str


class ProjectGraph(BaseModel):
    nodes: list[GraphNode]
    edges: list[GraphEdge]


class ServiceEntity(BaseModel):
    id: str
    name: str
    type: Literal["Service"]
    slug: str
    description: str | None = None
    flows: list[str]
    category: str | None = None
    owner: str | None = None
    produces: list[str]
    consumes: list[str]
    extras: dict[str, str] | None = None


class MessagingEntity(BaseModel):
    id: str
    name: str
    type: Literal["Messaging"]
    category: str | None = None
    owner: str | None = None
    flows: list[str]
    consumers: list[str]
    producers: list[str]
    extras: dict[str, str] | None = None


class CategoryEntity(BaseModel):
    id: str
    name: str
    type: Literal["Category"]
    color: str
    services: list[str]
    messaging: list[str]


class OwnerEntity(BaseModel):
    id: str
    name: str
    type: Literal["Owner"]
    color: str
    services: list[str]
    messaging: list[str]


class FlowEntity(BaseModel):
    id: str
    name: str
    type: Literal["Flow"]
    color: str
    services: list[str]
    messaging: list[str]


class ProjectEntities(BaseModel):
    services: dict[str, ServiceEntity]
    messaging: dict[str, MessagingEntity]
    categories: dict[str, CategoryEntity]
    owners: dict[str, OwnerEntity]
    flows: dict[str, FlowEntity]
