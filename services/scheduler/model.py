"""What decisions are made of: one service's situation, the actions to choose from, our memory.

Values only. `Memory` is what a leader keeps in its head about one service during its term; all of
it can be lost at any moment, and the next pass finds its way from the log and the engine again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.scheduler.nodes.node import Node
from services.scheduler.runtimes.interface import Observed, Prepared
from shared.bus.routes import Hold, RouteTable
from shared.queries.services import DeploymentDocument, ReplicaDocument, WantedDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`runtimes` are the engines that answer, `images` whether one runs any. `proven_domains`: a
    custom domain is routed only once the DNS has proven it."""

    startup_seconds: float
    drain_seconds: float
    ack_seconds: float = 10.0
    unready_seconds: float = 30.0
    retry_seconds: float = 30.0
    images: bool = False
    runtimes: tuple[str, ...] = ("process",)
    proven_domains: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Working:
    """Resolving or preparing goes on in the background; its end wakes the service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """The commit that the branch points at."""

    commit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The commit can be started."""

    commit: str
    prepared: Prepared


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFailed:
    """`reason` is a token, `message` a sentence for the tenant; `at` on the monotonic clock."""

    reason: str
    message: str
    log_tail: tuple[str, ...] = ()
    at: float = 0.0


Source = Working | Resolved | Ready | SourceFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class Crashes:
    """Ends in a row that nobody asked for. No start before `until` (monotonic)."""

    count: int
    until: float
    cause: str
    log_tail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """A replica on its way out: no new requests, then its end. `since` on the monotonic clock."""

    reason: str
    since: float
    force: bool = False


@dataclass(slots=True, kw_only=True)
class Memory:
    """`recorded`: ids whose start the log has acknowledged in this term. `table` is the last one
    published, ours or a former leader's. `failures` are by deployment, ordinal and node."""

    sources: dict[str, Source] = field(default_factory=dict)
    crashes: dict[str, Crashes] = field(default_factory=dict)
    leaving: dict[str, Leaving] = field(default_factory=dict)
    stopping: set[str] = field(default_factory=set)
    recorded: set[str] = field(default_factory=set)
    unready_since: dict[str, float] = field(default_factory=dict)
    generations: dict[tuple[str, int], int] = field(default_factory=dict)
    failures: dict[tuple[str, int, str], int] = field(default_factory=dict)
    table: RouteTable | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """`acked`: every edge does as the published table says; `busy` still answer requests.

    `placeable` is how many more replicas fit, and `why_full` what bounds them, in words; `nodes`
    are where they may be placed, with all that runs there already.
    `in_flight` are the requests at each replica, as far as the edges told."""

    wanted: WantedDocument
    observed: tuple[Observed, ...]
    memory: Memory
    limits: Limits
    suffix: str
    now: float
    moment: datetime
    acked: bool = True
    busy: frozenset[str] = frozenset()
    placeable: int = 1_000_000
    why_full: str = ""
    nodes: tuple[Node, ...] = ()
    hold: Hold = field(default_factory=Hold)
    in_flight: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A replica that the log knows and whose process lives."""

    doc: ReplicaDocument
    seen: Observed
    is_leaving: bool

    @property
    def is_ready(self) -> bool:
        return self.doc.state == "ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishTable:
    """Whoever publishes it gives it the next generation."""

    table: RouteTable


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordStarted:
    """Found running (or ended) and not in the log: a leader died between start and record."""

    seen: Observed


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordStopped:
    """`seen` is None where the engine knows nothing of it any more."""

    doc: ReplicaDocument
    seen: Observed | None
    asked: bool
    is_crash: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Discard:
    """The log holds its end already; only the engine has not forgotten it."""

    replica_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolve:
    deployment: DeploymentDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSource:
    deployment_id: str
    commit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepare:
    deployment: DeploymentDocument
    commit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """`node` is where it is placed; empty where nodes are not known."""

    deployment_id: str
    ordinal: int
    generation: int
    prepared: Prepared
    node: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """Out of the routes with the next table. `crash` says in words why it counts as a crash."""

    doc: ReplicaDocument
    reason: str
    force: bool = False
    crash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """Back into the routes: it is wanted again before it was told to drain."""

    replica_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDraining:
    replica_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    replica_id: str
    grace_seconds: float
    force: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TellPlacement:
    """So many that are wanted find no place, and why; or none any more, and `why` is empty."""

    missing: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclude:
    """`tail_of`: the replica whose last lines belong into the verdict, where `log_tail` is none."""

    deployment_id: str
    succeeded: bool
    reason: str = ""
    message: str = ""
    last_probe: str = ""
    exit_cause: str = ""
    log_tail: tuple[str, ...] = ()
    tail_of: str | None = None


Action = (
    PublishTable
    | RecordStarted
    | RecordStopped
    | Discard
    | Resolve
    | RecordSource
    | Prepare
    | Start
    | Leave
    | Stay
    | RecordDraining
    | Stop
    | TellPlacement
    | Conclude
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """In order. `again_in` seconds the service is to be looked at though nothing happens."""

    actions: tuple[Action, ...] = ()
    again_in: float | None = None


def sooner(*moments: float | None) -> float | None:
    known = [moment for moment in moments if moment is not None]
    return max(0.0, min(known)) if known else None
