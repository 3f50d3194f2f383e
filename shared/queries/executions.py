"""Executions: jobs as people see them, and what the scheduler needs to run them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from shared.domain.execution.commands import GitRef, Outcome, Stage
from shared.domain.git import Provider
from shared.domain.hardware_tier.tier import Tier

Kind = Literal["job", "build"]
SortBy = Literal[
    "number", "title", "command", "started", "duration", "status", "user", "comments", "stat"
]
StatusFilter = Literal["all", "queued", "running", "completed", "archived", "active"]
LogKind = Literal["stdout", "stderr", "system", "all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListJobs:
    """`project_id` is an id; `stat` names what is sorted by where that is `stat`."""

    project_id: str
    offset: int = 0
    limit: int = 10
    sort_by: SortBy = "number"
    stat: str = ""
    ascending: bool = False
    with_archived: bool = False
    status: StatusFilter = "all"
    tag: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GetJob:
    job_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TagDocument:
    id: str
    name: str
    creator_id: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDocument:
    """Why a job waits: `ahead` of it in its tier, which runs `running` of at most `limit`.
    `seconds` is what the tier's last jobs took, None where it had none."""

    ahead: int
    running: int
    limit: int | None
    seconds: float | None
    waits_for_build: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JobDocument:
    """`cpu_percent` (100 is one whole processor) and `memory_bytes` are of the newest samples while
    it runs, of its whole life when it is over. `may` names what the asker may do."""

    id: str
    project_id: str
    number: int
    title: str
    command: str
    tier_id: str
    environment_id: str
    revision_id: str
    commit: str
    ref: GitRef | None
    started_by: str
    details: Mapping[str, Any]
    stage: Stage
    outcome: Outcome | None
    submitted_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    reason: str
    message: str
    code: int | None
    signal: int | None
    cpu_percent: float | None
    memory_bytes: int | None
    output_commit: str
    branch: str
    stats: tuple[tuple[str, str], ...]
    tags: tuple[TagDocument, ...]
    goals: tuple[str, ...]
    is_stopping: bool
    is_archived: bool
    queue: QueueDocument | None
    may: tuple[str, ...]
    node: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPage:
    items: tuple[JobDocument, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListJobGoals:
    """Goals of its project that a job is linked to, without those that were removed since."""

    job_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobGoal:
    id: str
    project_id: str
    title: str
    description: str | None
    stage_id: str | None
    is_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JobGoals:
    items: tuple[JobGoal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GetJobLogs:
    """Lines strictly after `after_nano`, oldest first, as many as a message takes; also those of a
    build, by its id."""

    execution_id: str
    kind: LogKind = "all"
    limit: int = 10_000
    after_nano: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLogLine:
    """`nano` is since 1970 and differs for every line of an execution."""

    nano: int
    stream: Literal["stdout", "stderr", "system"]
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLogs:
    """`problem`: why it did not succeed."""

    items: tuple[JobLogLine, ...]
    is_complete: bool
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListUnfinished:
    """For the scheduler: in the order of their requests; or those of these ids, ended ones not."""

    after: int = 0
    limit: int = 500
    ids: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """`requested_from` is the position of the request; `node` is empty while it waits."""

    id: str
    kind: Kind
    account_id: str
    project_id: str | None
    tier_id: str | None
    environment_id: str
    revision_id: str
    stage: Stage
    is_stopping: bool
    keeps_results: bool
    requested_from: int
    node: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedList:
    items: tuple[Unfinished, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GetWork:
    """For the scheduler: all that one execution needs to be done."""

    execution_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GetRevision:
    """For the scheduler: what replicas of a service are prepared by."""

    environment_id: str
    revision_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionWork:
    """A revision with the values of its variables. `image`: what its build made, empty where it is
    a prepared directory."""

    revision_id: str
    environment_id: str
    build_id: str
    status: str
    message: str
    declared: Mapping[str, Any]
    variables: tuple[tuple[str, str], ...]
    image: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GitLogin:
    """The credential that a project's link names, with its secret."""

    domain: str
    provider: Provider
    protocol: Literal["https", "ssh"]
    username: str | None
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectWork:
    """`repository` None: the project keeps its work in one of its own."""

    id: str
    handle: str
    name: str
    owner_handle: str
    repository: str | None
    repository_ref: GitRef | None
    results: Literal["main", "isolated"]
    credential: GitLogin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkDocument:
    """`tier` None: it is archived, or was never there."""

    execution: Unfinished
    number: int
    title: str
    command: str
    commit: str
    ref: GitRef | None
    started_by: str
    starter_handle: str
    submitted_at: datetime
    started_at: datetime | None
    tier: Tier | None
    revision: RevisionWork
    project: ProjectWork | None
