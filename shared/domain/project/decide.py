"""The rules of projects."""

import re
from typing import assert_never

from shared.domain.facts import Facts
from shared.domain.project.commands import (
    AddGoal,
    CreateProject,
    PinProject,
    ProjectCommand,
    RemoveCollaborator,
    RemoveGoal,
    RemoveProject,
    ReviseProject,
    SetCollaborator,
    SetGoal,
    SetProjectStanding,
    SetResultsBranch,
    ShareProject,
    UnpinProject,
    UnshareProject,
)
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
from shared.domain.project.goal import Goal, goal_rejection
from shared.domain.project.repository import repository_rejection
from shared.domain.project.standing import Standing, standing_rejection
from shared.domain.project.state import Absent, Live, State
from shared.domain.rejections import Conflicting, Invalid, NotFound, Rejection
from shared.kernel.names import is_handle
from shared.kernel.secrets import PlainText
from shared.kernel.unset import Unset

Decision = tuple[ProjectEvent, ...] | Rejection

NAME_LENGTH_MAX = 200
DESCRIPTION_LENGTH_MAX = 10_000
TEMPLATE_LENGTH_MAX = 500
_CLAIMED_NAME = re.compile(r"[^\s/\x00-\x1f\x7f]+\Z")


def decide(command: ProjectCommand, state: State, facts: Facts) -> Decision:
    if isinstance(command, CreateProject):
        return _create(command, state, facts)
    if not isinstance(state, Live):
        return NotFound(kind="project", key=command.project_id)
    match command:
        case ReviseProject():
            return _revise(command, state)
        case SetCollaborator() | RemoveCollaborator():
            return _collaborate(command, state, facts)
        case SetProjectStanding() | SetResultsBranch():
            return _stand(command, state)
        case AddGoal():
            return _add_goal(command, state, facts)
        case SetGoal() | RemoveGoal():
            return _change_goal(command, state)
        case PinProject() | UnpinProject():
            return _pin(command, state)
        case ShareProject():
            assert not isinstance(command.token, PlainText), "sealed before the decision"
            return (
                ProjectShared(
                    project_id=command.project_id, token=command.token, digest=command.digest
                ),
            )
        case UnshareProject():
            if not state.is_shared:
                return NotFound(kind="share", key=command.project_id)
            return (ProjectUnshared(project_id=command.project_id),)
        case RemoveProject():
            if state.is_home:
                return Conflicting(state="home", message="A home project cannot be removed.")
            return (ProjectRemoved(project_id=command.project_id),)
        case _:
            assert_never(command)


def _create(command: CreateProject, state: State, facts: Facts) -> Decision:
    if not isinstance(state, Absent):
        return Conflicting(state="exists", message="A project with this id exists.")
    if not is_handle(command.handle):
        return Invalid(
            field="handle",
            message="must be 1 to 63 of a-z, 0-9 and '-', no '-' at either end, "
            "and no reserved word",
        )
    rejection = _text_rejection(command.name, command.description, claims=command.claims_name)
    if rejection is None and command.repository is not None:
        rejection = repository_rejection(command.repository)
    if rejection is None and len(command.template or "") > TEMPLATE_LENGTH_MAX:
        message = f"must have at most {TEMPLATE_LENGTH_MAX} characters"
        rejection = Invalid(field="template", message=message)
    if rejection is not None:
        return rejection
    if not facts.principal_is_live:
        return NotFound(kind="principal", key=command.account_id)
    return (
        ProjectCreated(
            project_id=command.project_id,
            account_id=command.account_id,
            handle=command.handle,
            name=command.name,
            description=command.description,
            is_home=command.is_home,
            visibility=command.visibility,
            is_restricted=command.is_restricted,
            claims_name=command.claims_name,
            repository=command.repository,
            template=command.template,
        ),
    )


def _revise(command: ReviseProject, state: Live) -> Decision:
    name = state.name if isinstance(command.name, Unset) else command.name
    description = (
        state.description if isinstance(command.description, Unset) else command.description
    )
    if (rejection := _text_rejection(name, description)) is not None:
        return rejection
    archived = state.archived if isinstance(command.archived, Unset) else command.archived
    visibility = state.visibility if isinstance(command.visibility, Unset) else command.visibility
    before = (state.name, state.description, state.archived, state.visibility)
    if (name, description, archived, visibility) == before:
        return ()
    return (
        ProjectRevised(
            project_id=command.project_id,
            name=name,
            description=description,
            archived=archived,
            visibility=visibility,
        ),
    )


def _collaborate(
    command: SetCollaborator | RemoveCollaborator, state: Live, facts: Facts
) -> Decision:
    role = state.collaborators.get(command.principal_id)
    if isinstance(command, RemoveCollaborator):
        if role is None:
            return ()
        return (
            CollaboratorRemoved(project_id=command.project_id, principal_id=command.principal_id),
        )
    if command.principal_id == state.account_id:
        return Invalid(field="principal_id", message="owns the project")
    if not facts.principal_is_live:
        return NotFound(kind="principal", key=command.principal_id)
    if role == command.role:
        return ()
    return (
        CollaboratorSet(
            project_id=command.project_id, principal_id=command.principal_id, role=command.role
        ),
    )


def _stand(command: SetProjectStanding | SetResultsBranch, state: Live) -> Decision:
    if isinstance(command, SetResultsBranch):
        if command.branch == state.results_branch:
            return ()
        return (ResultsBranchSet(project_id=command.project_id, branch=command.branch),)
    wanted = Standing(
        progress=command.progress,
        is_blocked=command.is_blocked,
        blocked_reason=command.blocked_reason or None,
        completed_message=command.completed_message or None,
    )
    if (rejection := standing_rejection(wanted)) is not None:
        return rejection
    if wanted == state.standing:
        return ()
    return (
        ProjectStandingSet(
            project_id=command.project_id,
            progress=wanted.progress,
            is_blocked=wanted.is_blocked,
            blocked_reason=wanted.blocked_reason,
            completed_message=wanted.completed_message,
        ),
    )


def _add_goal(command: AddGoal, state: Live, facts: Facts) -> Decision:
    if command.goal_id in state.goals:
        return Conflicting(state="exists", message="A goal with this id exists.")
    goal = Goal(
        goal_id=command.goal_id,
        title=command.title,
        description=command.description,
        assignee_id=command.assignee_id,
        stage_id=command.stage_id,
    )
    if (rejection := goal_rejection(goal, len(state.goals))) is not None:
        return rejection
    if command.assignee_id is not None and not facts.principal_is_live:
        return NotFound(kind="principal", key=command.assignee_id)
    return (
        GoalAdded(
            project_id=command.project_id,
            goal_id=goal.goal_id,
            title=goal.title,
            description=goal.description,
            assignee_id=goal.assignee_id,
            stage_id=goal.stage_id,
        ),
    )


def _change_goal(command: SetGoal | RemoveGoal, state: Live) -> Decision:
    is_complete = state.goals.get(command.goal_id)
    if is_complete is None:
        return NotFound(kind="goal", key=command.goal_id)
    if isinstance(command, RemoveGoal):
        return (GoalRemoved(project_id=command.project_id, goal_id=command.goal_id),)
    if is_complete == command.is_complete:
        return ()
    return (
        GoalSet(
            project_id=command.project_id,
            goal_id=command.goal_id,
            is_complete=command.is_complete,
        ),
    )


def _pin(command: PinProject | UnpinProject, state: Live) -> Decision:
    is_pinned = command.principal_id in state.pinned_by
    if isinstance(command, PinProject):
        if is_pinned:
            return ()  # The first pin keeps its place.
        return (ProjectPinned(project_id=command.project_id, principal_id=command.principal_id),)
    if not is_pinned:
        return NotFound(kind="pin", key=command.project_id)
    return (ProjectUnpinned(project_id=command.project_id, principal_id=command.principal_id),)


def _text_rejection(name: str, description: str, *, claims: bool = False) -> Invalid | None:
    if claims and not _CLAIMED_NAME.match(name):
        return Invalid(field="name", message="must have no white space and no '/'")
    if not name.strip() or len(name) > NAME_LENGTH_MAX:
        return Invalid(field="name", message=f"must have 1 to {NAME_LENGTH_MAX} characters")
    if len(description) > DESCRIPTION_LENGTH_MAX:
        return Invalid(
            field="description", message=f"must have at most {DESCRIPTION_LENGTH_MAX} characters"
        )
    return None
