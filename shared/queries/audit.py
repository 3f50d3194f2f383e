"""Time: what happened to a thing, what it was, who changed what and why; and the log as a feed.

All of it is derived from events, read with today's permission. Moments are log positions or times.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.domain.service.facets.conversation import Conversation
from shared.domain.service.facets.participation import Participation
from shared.domain.service.facets.registration import Registration
from shared.domain.service.workload import Workload

SUBJECT_KINDS = (
    "service",
    "project",
    "principal",
    "api_key",
    "grant",
    "webhook",
    "account",
    "execution",
    "environment",
    "hardware_tier",
    "node",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instant:
    """A position in the log, or a time; both None means the moment the question is asked for."""

    position: int | None = None
    time: datetime | None = None


NOW = Instant()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListHistory:
    """Oldest first, after log position `after`; also of what was removed. A service's history has
    its replicas' and deployments' events, an account's all that the asker may see of it.

    `type` may end with `.*`; `field` is a JSON pointer or its beginning."""

    kind: str
    id: str
    after: int = 0
    limit: int = 100
    actor: str | None = None
    type: str | None = None
    field: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """As recorded (secrets are references). `changed` are JSON pointers into the thing's state;
    empty in feeds. `words` says it for people."""

    position: int
    at: datetime
    account_id: str
    stream: str
    version: int
    event_id: str
    type: str
    schema_version: int
    command_id: str
    correlation_id: str
    causation_id: str | None
    actor: str
    actor_name: str
    credential_id: str | None
    surface: str
    reason: str | None
    words: str
    data: dict[str, Any]
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    items: tuple[AuditEvent, ...]
    next_after: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GetState:
    """What the thing was at the moment the question is asked for."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StateDocument:
    """`position`, `at`: the event that made it so. Erased secrets say so, in every past state."""

    kind: str
    id: str
    position: int
    at: datetime
    state: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One operation of a JSON Patch (`op` add, replace or remove), with who did it last."""

    op: str
    path: str
    before: Any
    after: Any
    words: str
    by: AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class GetDiff:
    kind: str
    id: str
    start: Instant
    end: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffDocument:
    """From the state at `start` to the state at `end`; where `end` is earlier, backwards."""

    kind: str
    id: str
    start: int
    end: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GetBlame:
    kind: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BlameLine:
    """The event that gave the field the value it has."""

    path: str
    value: Any
    position: int
    at: datetime
    type: str
    actor: str
    actor_name: str
    surface: str
    command_id: str
    correlation_id: str
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlameDocument:
    kind: str
    id: str
    lines: tuple[BlameLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GetWhy:
    """Of the event at a position, or of the start of a replica."""

    position: int | None = None
    replica_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyLink:
    """`because`: how the link before follows from this one. `event` None: it happened in another
    account, and that is all the asker may know."""

    because: str
    event: AuditEvent | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyDocument:
    """From the effect to its first cause; `root` says in words who or what that was."""

    links: tuple[WhyLink, ...]
    root: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GetTimeline:
    service_id: str
    after: int = 0
    limit: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A time in which the service did not do what was wanted. `closed_at` None: it still lasts.
    `status` is the worst it had, `cause` what happened when it began."""

    opened_position: int
    opened_at: datetime
    closed_position: int | None
    closed_at: datetime | None
    status: str
    cause: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineDocument:
    """The incidents are all of them, the events a page."""

    service_id: str
    events: tuple[AuditEvent, ...]
    incidents: tuple[Incident, ...]
    next_after: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRestore:
    """What a restore to a moment would change now: of a service, a project or a principal."""

    kind: str
    id: str
    to: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceWanted:
    name: str
    slug: str
    description: str
    labels: tuple[tuple[str, str], ...]
    workload: Workload | None
    registration: Registration | None
    conversation: Conversation | None
    participation: Participation | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamesWanted:
    """`text`: a project's description, a person's address. `name` None and `keeps_text`: what was
    then was erased since, so today's stays."""

    name: str | None
    text: str | None
    keeps_text: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RestorePlan:
    """`left`: sentences about what a restore does not touch. `revives`: it is removed now."""

    kind: str
    id: str
    project_id: str | None
    now: int
    to: int
    changes: tuple[Change, ...]
    left: tuple[str, ...]
    revives: bool
    service: ServiceWanted | None = None
    names: NamesWanted | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowLog:
    """Events after a position, oldest first, of all that the asker may see, up to the moment.
    `after` -1 is the newest: nothing yet.

    `types` as in `ListHistory`; `stream` as `service-<id>`."""

    after: int = 0
    limit: int = 500
    account_id: str | None = None
    project_id: str | None = None
    stream: str | None = None
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPage:
    """At most 256 KiB, or one event. Everything up to `seen` was looked at; `head` is where the
    asked-for moment ends: nothing follows where they are equal."""

    events: tuple[AuditEvent, ...]
    seen: int
    head: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FindOwner:
    """Whose secrets these are: a service, a principal or a webhook by its id."""

    owner_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerDocument:
    """`secrets` were ever sealed under its keys, `erased` of them cannot be read any more."""

    kind: str
    id: str
    account_id: str
    project_id: str | None
    secrets: int
    erased: int
