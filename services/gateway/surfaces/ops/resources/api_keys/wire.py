"""API keys on the wire."""

from typing import ClassVar

from pydantic import BaseModel, Field

from services.gateway.parameters import Body
from services.gateway.surfaces.ops.wire import PageQuery, Pagination


class CreateApiKey(Body):
    nullable: ClassVar[frozenset[str]] = frozenset({"expires_in_days", "expires_at"})

    name: str = Field(json_schema_extra={"minLength": 1, "maxLength": 100})
    principal: str | None = Field(None, description="Id or handle; the caller by default.")
    expires_in_days: int | None = Field(None, json_schema_extra={"minimum": 1, "maximum": 36_500})
    expires_at: str | None = Field(None, description="RFC 3339; or `expires_in_days`, or never.")


class ListQuery(PageQuery):
    principal: str | None = Field(None, description="Id or handle of whose keys.")


class ApiKey(BaseModel):
    id: str
    principal_id: str
    name: str
    expires_at: str | None
    revoked_at: str | None
    created_at: str


class NewApiKey(ApiKey):
    """`secret` and `token` are shown in this one answer and kept nowhere. Where the request is
    repeated with its idempotency key, both are null and `note` says so."""

    secret: str | None
    token: str | None
    note: str | None


class ApiKeyList(BaseModel):
    data: list[ApiKey]
    pagination: Pagination
