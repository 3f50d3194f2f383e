"""Sessions on the wire."""

from pydantic import BaseModel, Field

from services.gateway.parameters import Body


class OpenSession(Body):
    """A user's handle and password, or an API key's token."""

    handle: str | None = None
    password: str | None = Field(None, json_schema_extra={"maxLength": 1024})
    token: str | None = None


class Session(BaseModel):
    """What opens it is in the cookie `__session`, for browsers only."""

    id: str
    expires_at: str
