"""Facts: what a decision needs of other streams, read by `handle` and passed in as values.

A fact may be a moment old; where a race would break an invariant, a claim closes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.domain.quotas import UNLIMITED, Quota


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFacts:
    """Nothing new starts in a project that is archived or blocked; a restricted one uses only what
    is meant for such."""

    project_id: str
    account_id: str
    handle: str
    is_archived: bool = False
    is_blocked: bool = False
    is_restricted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFacts:
    """Of an agent or a state machine that somebody declared; `versions` is the newest's number."""

    kind: str
    project_id: str
    versions: int
    is_deprecated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TierFacts:
    is_archived: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentFacts:
    """Of one that who asks may use; `revisions` are their ids, `restricted` the one of them that
    restricted projects use."""

    is_archived: bool
    revisions: tuple[str, ...]
    restricted: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StartFacts:
    """What decides whether something new may start in a project; `goals` are the project's."""

    goals: frozenset[str] = frozenset()
    tier: TierFacts | None = None
    environment: EnvironmentFacts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """`project` and `principal_is_live` are None/False where the command names none that lives.

    `live_principals` are those that the command names and that live.

    `own_hosts` are host names of the installation itself (`localhost`, the gateway's name), and
    `host_suffix` the one all services live under: no custom domain may be or lie under them.

    `records` are those that the aggregate asked for and that exist; where `registry_is_open`, ids
    that name none are accepted. `start` is there where the aggregate asked for it.

    `quota` is the project's; `services` is how many it has, counted where that is limited."""

    project: ProjectFacts | None = None
    principal_is_live: bool = False
    live_principals: frozenset[str] = frozenset()
    host_suffix: str = "localhost"
    own_hosts: tuple[str, ...] = ()
    records: Mapping[str, RecordFacts] = field(default_factory=dict)
    registry_is_open: bool = True
    start: StartFacts | None = None
    quota: Quota = UNLIMITED
    services: int = 0
