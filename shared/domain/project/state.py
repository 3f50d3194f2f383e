"""A project folded from its events."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from shared.domain.project.events import (
    CollaboratorRemoved,
    CollaboratorSet,
    GoalAdded,
    GoalRemoved,
    GoalSet,
    ProjectCreated,
    ProjectEvent,
    ProjectPinned,
    ProjectRemoved,
    ProjectRevised,
    ProjectShared,
    ProjectStandingSet,
    ProjectUnpinned,
    ProjectUnshared,
    ResultsBranchSet,
)
from shared.domain.project.standing import ResultsBranch, Standing, Visibility
from shared.domain.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    project_id: str
    account_id: str
    handle: str
    name: str
    description: str
    is_home: bool
    collaborators: Mapping[str, Role] = field(default_factory=dict)
    archived: bool = False
    pinned_by: frozenset[str] = frozenset()
    is_shared: bool = False
    visibility: Visibility = "private"
    claims_name: bool = False
    standing: Standing = field(default_factory=Standing)
    results_branch: ResultsBranch = "main"
    goals: Mapping[str, bool] = field(default_factory=dict)  # by id, whether it is reached


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    project_id: str


State = Absent | Live | Removed


def evolve(state: State, event: ProjectEvent) -> State:
    match event:
        case ProjectCreated():
            return Live(
                project_id=event.project_id,
                account_id=event.account_id,
                handle=event.handle,
                name=event.name,
                description=event.description,
                is_home=event.is_home,
                visibility=event.visibility,
                claims_name=event.claims_name,
            )
        case ProjectRemoved():
            return Removed(project_id=event.project_id)
    assert isinstance(state, Live), "a change of a project that is not there"
    match event:
        case ProjectRevised():
            return replace(
                state,
                name=event.name,
                description=event.description,
                archived=event.archived,
                visibility=event.visibility,
            )
        case ProjectStandingSet():
            standing = Standing(
                progress=event.progress,
                is_blocked=event.is_blocked,
                blocked_reason=event.blocked_reason,
                completed_message=event.completed_message,
            )
            return replace(state, standing=standing)
        case ResultsBranchSet():
            return replace(state, results_branch=event.branch)
        case GoalAdded():
            return replace(state, goals={**state.goals, event.goal_id: False})
        case GoalSet():
            return replace(state, goals={**state.goals, event.goal_id: event.is_complete})
        case GoalRemoved():
            left = {k: v for k, v in state.goals.items() if k != event.goal_id}
            return replace(state, goals=left)
        case CollaboratorSet():
            return replace(
                state, collaborators={**state.collaborators, event.principal_id: event.role}
            )
        case CollaboratorRemoved():
            rest = {k: v for k, v in state.collaborators.items() if k != event.principal_id}
            return replace(state, collaborators=rest)
        case ProjectPinned():
            return replace(state, pinned_by=state.pinned_by | {event.principal_id})
        case ProjectUnpinned():
            return replace(state, pinned_by=state.pinned_by - {event.principal_id})
        case ProjectShared():
            return replace(state, is_shared=True)
        case ProjectUnshared():
            return replace(state, is_shared=False)
        case _:
            assert_never(event)
