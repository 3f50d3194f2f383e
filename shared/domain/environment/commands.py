"""What may be asked of an environment."""

from dataclasses import dataclass
from typing import Literal

from shared.domain.environment.revision import Revision

Visibility = Literal["global", "private", "organization"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateEnvironment:
    """Made with its first revision, which is built at once as execution `build_id`."""

    environment_id: str
    account_id: str
    name: str
    visibility: Visibility
    revision_id: str
    build_id: str
    revision: Revision
    description: str = ""
    is_curated: bool = False
    is_restricted: bool = False
    is_default: bool = False
    duplicate_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddRevision:
    environment_id: str
    account_id: str
    revision_id: str
    build_id: str
    revision: Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictRevision:
    """Restricted projects use this revision and no other; at most one is restricted."""

    environment_id: str
    account_id: str
    revision_id: str
    is_restricted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveEnvironment:
    environment_id: str
    account_id: str


EnvironmentCommand = CreateEnvironment | AddRevision | RestrictRevision | ArchiveEnvironment
