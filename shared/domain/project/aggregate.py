"""The project aggregate, put together for the shell."""

from dataclasses import replace
from typing import get_args

from shared.domain.claim import Claim, release, take
from shared.domain.descriptor import Aggregate, Subject
from shared.domain.project.commands import (
    AddGoal,
    CreateProject,
    ProjectCommand,
    SetCollaborator,
    ShareProject,
)
from shared.domain.project.decide import decide
from shared.domain.project.events import (
    ProjectCreated,
    ProjectEvent,
    ProjectRemoved,
    ProjectRevised,
)
from shared.domain.project.state import Absent, Live, State, evolve
from shared.kernel.secrets import PlainText, SecretRef


def subject(command: ProjectCommand) -> Subject:
    needed = account_id = None
    if isinstance(command, CreateProject):
        needed = account_id = command.account_id
    elif isinstance(command, SetCollaborator):
        needed = command.principal_id
    elif isinstance(command, AddGoal):
        needed = command.assignee_id
    return Subject(id=command.project_id, principal_id=needed, account_id=account_id)


def claims(state: State, event: ProjectEvent) -> tuple[Claim, ...]:
    # A handle is never released, and a home project's is its owner's, claimed with the owner.
    handle = (
        (take("handle", event.handle),)
        if isinstance(event, ProjectCreated) and not event.is_home
        else ()
    )
    return (*handle, *_of_name(state, event))


def _of_name(state: State, event: ProjectEvent) -> tuple[Claim, ...]:
    """The name of a project that claims it, while it is live and not archived."""
    if not isinstance(event, ProjectCreated | ProjectRevised | ProjectRemoved):
        return ()
    before, after = _claimed(state), _claimed(evolve(state, event))
    if before == after:
        return ()
    released = () if before is None else (release("project_name", before),)
    return released if after is None else (*released, take("project_name", after))


def _claimed(state: State) -> str | None:
    if isinstance(state, Live) and state.claims_name and not state.archived:
        return state.name.casefold()
    return None


def secrets(command: ProjectCommand, state: State) -> tuple[tuple[str, str, PlainText], ...]:
    if isinstance(command, ShareProject) and isinstance(command.token, PlainText):
        return ((command.project_id, "share_token", command.token),)
    return ()


def sealed(command: ProjectCommand, refs: dict[str, SecretRef]) -> ProjectCommand:
    if isinstance(command, ShareProject) and "share_token" in refs:
        return replace(command, token=refs["share_token"])
    return command


PROJECT = Aggregate(
    stream_type="project",
    commands=get_args(ProjectCommand),
    creating=(CreateProject,),
    events=get_args(ProjectEvent),
    initial=Absent(),
    evolve=evolve,
    decide=decide,
    subject=subject,
    claims=claims,
    secrets=secrets,
    sealed=sealed,
)
