"""What happened to an environment. How a build went is told by its execution."""

from dataclasses import dataclass

from shared.domain.environment.commands import Visibility
from shared.domain.environment.revision import Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentCreated:
    environment_id: str
    account_id: str
    name: str
    description: str
    visibility: Visibility
    is_curated: bool
    is_default: bool
    duplicate_of: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionAdded:
    environment_id: str
    account_id: str
    revision_id: str
    number: int
    build_id: str
    revision: Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionRestricted:
    """`revision_id` None: no revision is the restricted one any more."""

    environment_id: str
    revision_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentArchived:
    environment_id: str


EnvironmentEvent = EnvironmentCreated | RevisionAdded | RevisionRestricted | EnvironmentArchived
