"""What happened to an API key."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyIssued:
    key_id: str
    principal_id: str
    name: str
    digest: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyRevoked:
    key_id: str
    principal_id: str


ApiKeyEvent = ApiKeyIssued | ApiKeyRevoked
