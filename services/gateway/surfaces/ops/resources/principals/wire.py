"""Organizations, users and service accounts on the wire."""

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, Field

from services.gateway.parameters import Body
from services.gateway.surfaces.ops.wire import Membership, Pagination

_HANDLE: dict[str, Any] = {"pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"}
_NAME: dict[str, Any] = {"minLength": 1, "maxLength": 200}
_PASSWORD_LENGTH_MIN = 8


class CreateOrganization(Body):
    handle: str = Field(json_schema_extra=_HANDLE)
    name: str = Field(json_schema_extra=_NAME)
    owner: str | None = Field(None, description="Id or handle; the caller by default.")


class CreateUser(Body):
    handle: str = Field(json_schema_extra=_HANDLE)
    name: str = Field(json_schema_extra=_NAME)
    email: str | None = None
    password: str | None = Field(None, min_length=_PASSWORD_LENGTH_MIN, max_length=1024)


class CreateServiceAccount(Body):
    name: str = Field(json_schema_extra=_NAME)
    account: str | None = Field(
        None, description="Id or handle of the user or organization it works for; the caller's."
    )


class RevisePrincipal(Body):
    name: str | None = Field(None, json_schema_extra=_NAME)


class ReviseUser(Body):
    nullable: ClassVar[frozenset[str]] = frozenset({"email"})

    name: str | None = Field(None, json_schema_extra=_NAME)
    email: str | None = None
    password: str | None = Field(None, min_length=_PASSWORD_LENGTH_MIN, max_length=1024)


class SetRole(Body):
    role: Literal["owner", "admin", "member", "viewer"]


class Principal(BaseModel):
    """`handle` and `home_project_id` are null for service accounts, `email` for all but users."""

    id: str
    kind: Literal["user", "organization", "service_account"]
    handle: str | None
    name: str
    email: str | None
    account_id: str
    home_project_id: str | None
    members: list[Membership]
    created_at: str
    updated_at: str


class PrincipalList(BaseModel):
    data: list[Principal]
    pagination: Pagination
