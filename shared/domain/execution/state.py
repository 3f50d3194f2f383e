"""An execution folded from its events."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from shared.domain.execution.commands import Outcome, Stage
from shared.domain.execution.events import (
    BuildRequested,
    ExecutionAdvanced,
    ExecutionArchived,
    ExecutionConcluded,
    ExecutionEvent,
    GoalLinked,
    GoalUnlinked,
    JobRequested,
    StopRequested,
    TagAdded,
    TagRemoved,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """`project_id` None: a build, which belongs to no project. `tags` are names by id."""

    project_id: str | None
    stage: Stage = "queued"
    outcome: Outcome | None = None
    commit: str = ""
    is_stopping: bool = False
    is_archived: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    goals: frozenset[str] = frozenset()


State = Absent | Known


def evolve(state: State, event: ExecutionEvent) -> State:
    match event:
        case JobRequested():
            return Known(project_id=event.project_id, commit=event.commit)
        case BuildRequested():
            return Known(project_id=None)
    assert isinstance(state, Known), "a change of an execution that is not there"
    match event:
        case ExecutionAdvanced():
            return replace(state, stage=event.stage, commit=event.commit or state.commit)
        case ExecutionConcluded():
            return replace(state, outcome=event.outcome)
        case StopRequested():
            return replace(state, is_stopping=True)
        case TagAdded():
            return replace(state, tags={**state.tags, event.tag_id: event.name})
        case TagRemoved():
            left = {key: name for key, name in state.tags.items() if key != event.tag_id}
            return replace(state, tags=left)
        case GoalLinked():
            return replace(state, goals=state.goals | {event.goal_id})
        case GoalUnlinked():
            return replace(state, goals=state.goals - {event.goal_id})
        case ExecutionArchived():
            return replace(state, is_archived=event.is_archived)
        case _:
            assert_never(event)
