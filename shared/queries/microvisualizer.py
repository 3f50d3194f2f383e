"""A project as an architecture: its services as snapshots, who changed them, pins and shares.

A snapshot is what a service was between two changes of its name, description or participation;
what runs, and how, is in `services`. A project out of sight is absent, not forbidden."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.domain.service.facets.participation import Participation

ChangeKind = Literal["CREATE", "UPDATE", "DELETE"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorName:
    """Of an API key, else of a member: the e-mail address, or the name where there is none."""

    name: str
    is_key: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GetProjectCard:
    """By handle, or by id where `by_id`."""

    key: str
    by_id: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListProjectCards:
    """Newest change first. `created_by` is a principal's id or handle, `name_part` is found in any
    case; `page` counts from 0."""

    pinned: bool | None = None
    archived: bool | None = None
    created_by: str | None = None
    name_part: str | None = None
    page: int = 0
    size: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectCard:
    """`updated_*` also tell of changes of its services; `may` as in identity."""

    id: str
    account_id: str
    handle: str
    name: str
    description: str
    archived: bool
    pinned_at: datetime | None
    service_count: int
    is_owner: bool
    created_by: ActorName
    created_at: datetime
    updated_by: ActorName
    updated_at: datetime
    may: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectCardPage:
    items: tuple[ProjectCard, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPins:
    """The asker's own, newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    handle: str
    pinned_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PinList:
    items: tuple[Pin, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GetSnapshot:
    project: str
    slug: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GetSnapshotById:
    """The newest snapshot of a live service."""

    service_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSnapshots:
    """Of every live service of a project, in order of slug, after the cursor `after`. A page ends
    where its answer would not fit the bus."""

    project: str
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotDocument:
    """`valid_until` is None on the newest."""

    service_id: str
    project_id: str
    slug: str
    name: str
    description: str
    participation: Participation
    created_by: ActorName
    created_at: datetime
    updated_by: ActorName
    valid_from: datetime
    valid_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotPage:
    items: tuple[SnapshotDocument, ...]
    next_after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListChanges:
    """Newest first; `page` counts from 0."""

    project: str
    page: int = 0
    size: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDocument:
    """`id`: the UUID of the (first) event that made the change."""

    id: str
    slug: str
    name: str
    kind: ChangeKind
    actor: ActorName
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePage:
    items: tuple[ChangeDocument, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GetChange:
    """What one change made of a service: None before it began, None after it ended."""

    project: str
    change_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotPair:
    before: SnapshotDocument | None
    after: SnapshotDocument | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GetShare:
    """Always today's, whatever moment is asked for: a token that was replaced opens nothing."""

    project: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareDocument:
    token: str
    shared_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ListShared:
    """The snapshots of the live project that is shared by the token with this digest."""

    digest: str
    after: str = ""
