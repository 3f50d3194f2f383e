"""What may be asked of an API key."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueApiKey:
    """`digest` is the HMAC-SHA256 (hex) of the secret under the installation's secret."""

    key_id: str
    principal_id: str
    name: str
    digest: str
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeApiKey:
    key_id: str


ApiKeyCommand = IssueApiKey | RevokeApiKey
