"""What happened to an execution. When each stage began is when its event was recorded."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain.execution.commands import GitRef, Outcome, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequested:
    execution_id: str
    project_id: str
    title: str
    command: str
    tier_id: str
    environment_id: str
    revision_id: str
    commit: str
    ref: GitRef | None
    started_by: str
    snapshots_datasets: bool
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRequested:
    execution_id: str
    account_id: str
    environment_id: str
    revision_id: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionAdvanced:
    """`node` is empty where nothing new was told of it."""

    execution_id: str
    project_id: str | None
    stage: Stage
    commit: str
    message: str
    node: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionConcluded:
    execution_id: str
    project_id: str | None
    outcome: Outcome
    reason: str
    message: str
    code: int | None
    signal: int | None
    cpu_percent: float | None
    memory_bytes: int | None
    seconds: float | None
    output_commit: str
    branch: str
    stats: tuple[tuple[str, str], ...]
    log_tail: tuple[str, ...]
    image: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRequested:
    execution_id: str
    project_id: str
    keeps_results: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TagAdded:
    execution_id: str
    project_id: str
    tag_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRemoved:
    execution_id: str
    project_id: str
    tag_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalLinked:
    execution_id: str
    project_id: str
    goal_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalUnlinked:
    execution_id: str
    project_id: str
    goal_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionArchived:
    execution_id: str
    project_id: str
    is_archived: bool


ExecutionEvent = (
    JobRequested
    | BuildRequested
    | ExecutionAdvanced
    | ExecutionConcluded
    | StopRequested
    | TagAdded
    | TagRemoved
    | GoalLinked
    | GoalUnlinked
    | ExecutionArchived
)
