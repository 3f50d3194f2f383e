"""History on the wire."""

from typing import Literal

from pydantic import BaseModel, Field

from services.gateway.parameters import Query, QueryInt
from services.gateway.surfaces.microvisualizer.resources.services.wire import ServiceRaw
from services.gateway.surfaces.microvisualizer.wire import ActorType


class HistoryQuery(Query):
    page: QueryInt = Field(0, ge=0)
    size: QueryInt = Field(50, ge=1, le=500)


class ServiceChange(BaseModel):
    snapshotId: str
    serviceSlug: str
    serviceName: str
    changeType: Literal["CREATE", "UPDATE", "DELETE"]
    actorName: str
    actorType: ActorType
    timestamp: str


class ProjectHistory(BaseModel):
    events: list[ServiceChange]
    totalCount: int


class ServiceSnapshotDiff(BaseModel):
    before: ServiceRaw | None
    after: ServiceRaw | None
