"""The server's card and the answer to a login, as ZenML spells them."""

from typing import Any

from pydantic import Field

from services.gateway.surfaces.zenml.wire import Published

VERSION = "0.98.0"


class Info(Published):
    id: str
    name: str
    version: str = VERSION
    active: bool = True
    debug: bool = False
    deployment_type: str = "other"
    database_type: str = "other"
    secrets_store_type: str = "none"
    auth_scheme: str = "OAUTH2_PASSWORD_BEARER"
    server_url: str = ""
    dashboard_url: str = ""
    analytics_enabled: bool = False
    metadata: dict[str, str] = Field(default_factory=dict)
    last_user_activity: str | None = None
    pro_dashboard_url: str | None = None
    pro_api_url: str | None = None
    pro_organization_id: str | None = None
    pro_organization_name: str | None = None
    pro_workspace_id: str | None = None
    pro_workspace_name: str | None = None


class Token(Published):
    access_token: str
    token_type: str = "bearer"  # noqa: S105 - a kind of token, not one
    expires_in: int | None
    refresh_token: str | None = None
    csrf_token: str | None = None
    scope: str | None = None
    device_id: str | None = None
    device_metadata: dict[str, Any] | None = None


class LoginForm(Published):
    """Sent as a form, not as JSON."""

    grant_type: str | None = None
    username: str | None = None
    password: str | None = None
