"""Environments and their revisions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from shared.domain.environment.commands import Visibility

BuildStatus = Literal[
    "queued", "starting", "pulling", "building", "pushing", "succeeded", "failed", "killed"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEnvironments:
    """Those the asker sees, by name, without archived ones."""

    offset: int = 0
    limit: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class GetEnvironment:
    """`environment_id` None: the one that is used where nobody names one. `revision_id`: that one
    is shown as `latest`."""

    environment_id: str | None
    revision_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevealRevision:
    """The newest revision with the values of its variables, for who may see the environment: a
    program that runs in it prints them, too."""

    environment_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionDocument:
    """`declared` is what of the revision is shown: image, tags, clusters, tools."""

    id: str
    number: int
    build_id: str
    status: BuildStatus
    reason: str
    message: str
    declared: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentDocument:
    """`active` is the newest revision that was built. `owner_handle` and `owner_kind` are of its
    account; `may` names what the asker may do with it."""

    id: str
    account_id: str
    owner_handle: str
    owner_kind: Literal["user", "organization", "service_account"]
    name: str
    description: str
    visibility: Visibility
    is_curated: bool
    is_default: bool
    is_archived: bool
    latest: RevisionDocument | None
    active: RevisionDocument | None
    restricted: RevisionDocument | None
    revision_ids: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    may: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentPage:
    items: tuple[EnvironmentDocument, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RevealedRevision:
    """`variables` without those whose values were erased."""

    declared: Mapping[str, Any]
    variables: tuple[tuple[str, str], ...]
