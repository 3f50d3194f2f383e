"""The rules of projects."""

from typing import assert_never

from shared.domain.facts import Facts
from shared.domain.project.commands import (
    CreateProject,
    PinProject,
    ProjectCommand,
    RemoveCollaborator,
    RemoveProject,
    ReviseProject,
    SetCollaborator,
    ShareProject,
    UnpinProject,
    UnshareProject,
)
from shared.domain.project.events import (
    CollaboratorRemoved,
    CollaboratorSet,
    ProjectCreated,
    ProjectEvent,
    ProjectPinned,
    ProjectRemoved,
    ProjectRevised,
    ProjectShared,
    ProjectUnpinned,
    ProjectUnshared,
)
from shared.domain.project.state import Absent, Live, State
from shared.domain.rejections import Conflicting, Invalid, NotFound, Rejection
from shared.kernel.names import is_handle
from shared.kernel.secrets import PlainText
from shared.kernel.unset import Unset

Decision = tuple[ProjectEvent, ...] | Rejection

NAME_LENGTH_MAX = 200
DESCRIPTION_LENGTH_MAX = 10_000


def decide(command: ProjectCommand, state: State, facts: Facts) -> Decision:
    if isinstance(command, CreateProject):
        return _create(command, state, facts)
    if not isinstance(state, Live):
        return NotFound(kind="project", key=command.project_id)
    match command:
        case ReviseProject():
            return _revise(command, state)
        case SetCollaborator():
            if not facts.principal_is_live:
                return NotFound(kind="principal", key=command.principal_id)
            if state.collaborators.get(command.principal_id) == command.role:
                return ()
            return (
                CollaboratorSet(
                    project_id=command.project_id,
                    principal_id=command.principal_id,
                    role=command.role,
                ),
            )
        case RemoveCollaborator():
            if command.principal_id not in state.collaborators:
                return ()
            return (
                CollaboratorRemoved(
                    project_id=command.project_id, principal_id=command.principal_id
                ),
            )
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
    if (rejection := _text_rejection(command.name, command.description)) is not None:
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
    if (name, description, archived) == (state.name, state.description, state.archived):
        return ()
    return (
        ProjectRevised(
            project_id=command.project_id, name=name, description=description, archived=archived
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


def _text_rejection(name: str, description: str) -> Invalid | None:
    if not name.strip() or len(name) > NAME_LENGTH_MAX:
        return Invalid(field="name", message=f"must have 1 to {NAME_LENGTH_MAX} characters")
    if len(description) > DESCRIPTION_LENGTH_MAX:
        return Invalid(
            field="description", message=f"must have at most {DESCRIPTION_LENGTH_MAX} characters"
        )
    return None
