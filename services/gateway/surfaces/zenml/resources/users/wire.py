"""Users as ZenML spells them: service accounts are users too."""

from typing import Any

from pydantic import Field

from services.gateway.surfaces.zenml.wire import Published


class UserBody(Published):
    created: str
    updated: str
    active: bool = True
    activation_token: str | None = None
    full_name: str
    email_opted_in: bool | None = None
    is_service_account: bool
    is_admin: bool
    default_project_id: str | None = None
    avatar_url: str | None = None


class UserMetadata(Published):
    password_changed_at: str | None = None
    email: str | None
    external_user_id: str | None = None
    user_metadata: dict[str, Any] = Field(default_factory=dict)
    oidc_claims: dict[str, Any] = Field(default_factory=dict)


class User(Published):
    body: UserBody
    metadata: UserMetadata | None = None
    resources: None = None
    id: str
    permission_denied: bool = False
    name: str
