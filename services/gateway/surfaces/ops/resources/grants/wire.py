"""Grants on the wire."""

from pydantic import BaseModel, Field

from services.gateway.parameters import Body
from services.gateway.surfaces.ops.wire import PageQuery, Pagination


class CreateGrant(Body):
    principal: str = Field(description="Id or handle of who gets it.")
    action: str = Field(description="Such as `service.read`, `service.*` or `*`.")
    resource: str = Field(description="`*`, `account:<id>`, `project:<id>` or `service:<id>`.")


class ListQuery(PageQuery):
    principal: str | None = Field(None, description="Id or handle of whose grants.")


class Grant(BaseModel):
    id: str
    principal_id: str
    action: str
    resource: str
    created_at: str


class GrantList(BaseModel):
    data: list[Grant]
    pagination: Pagination
