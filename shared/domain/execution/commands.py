"""What may be asked of an execution, and what the scheduler reports of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

# In this order. What waits is queued; the stages of a build have other words in a dialect.
Stage = Literal["queued", "pulling", "preparing", "running", "finishing"]
Outcome = Literal["succeeded", "failed", "stopped", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GitRef:
    """`kind` is `head`, `branches`, `tags`, `commitId` or `ref`."""

    kind: str
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartJob:
    """`commit` empty: the newest of the ref, resolved when the job begins. `details` is what only
    a cluster of machines knows what to do with, kept as it was asked for."""

    execution_id: str
    project_id: str
    title: str
    command: str
    tier_id: str
    environment_id: str
    revision_id: str
    commit: str = ""
    ref: GitRef | None = None
    started_by: str = ""
    snapshots_datasets: bool = False
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestBuild:
    """Of a revision of an environment; follows from the revision."""

    execution_id: str
    account_id: str
    environment_id: str
    revision_id: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceExecution:
    """It is in that stage now. `commit`: what it works on, once that is known; `node`: where it was
    placed, once it has left the queue."""

    execution_id: str
    stage: Stage
    commit: str = ""
    message: str = ""
    node: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcludeExecution:
    """`reason` is a word (`exit_code`, `signal`, `out_of_memory`, `stopped`, ...), `message` the
    sentence for people. `error` is not the program's fault. `stats` are what the program told of
    its work; `branch` is where its results are; `image` is what a build of an environment made,
    empty where it is a prepared directory."""

    execution_id: str
    outcome: Outcome
    reason: str = ""
    message: str = ""
    code: int | None = None
    signal: int | None = None
    cpu_percent: float | None = None
    memory_bytes: int | None = None
    seconds: float | None = None
    output_commit: str = ""
    branch: str = ""
    stats: tuple[tuple[str, str], ...] = ()
    log_tail: tuple[str, ...] = ()
    image: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopExecution:
    """`keeps_results`: what it wrote until then is committed all the same."""

    execution_id: str
    project_id: str
    keeps_results: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AddTag:
    execution_id: str
    project_id: str
    tag_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveTag:
    execution_id: str
    project_id: str
    tag_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkGoal:
    execution_id: str
    project_id: str
    goal_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlinkGoal:
    execution_id: str
    project_id: str
    goal_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveExecution:
    """Lists leave it out from then on, unless they are asked for archived ones, too."""

    execution_id: str
    project_id: str
    is_archived: bool = True


ExecutionCommand = (
    StartJob
    | RequestBuild
    | AdvanceExecution
    | ConcludeExecution
    | StopExecution
    | AddTag
    | RemoveTag
    | LinkGoal
    | UnlinkGoal
    | ArchiveExecution
)
