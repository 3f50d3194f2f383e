"""The rules of environments."""

from typing import assert_never

from shared.domain.environment.commands import (
    AddRevision,
    ArchiveEnvironment,
    CreateEnvironment,
    EnvironmentCommand,
    RestrictRevision,
)
from shared.domain.environment.events import (
    EnvironmentArchived,
    EnvironmentCreated,
    EnvironmentEvent,
    RevisionAdded,
    RevisionRestricted,
)
from shared.domain.environment.revision import (
    DESCRIPTION_MAX,
    NAME_MAX,
    Revision,
    wrong_field,
)
from shared.domain.environment.state import Absent, Known, State
from shared.domain.facts import Facts
from shared.domain.rejections import Conflicting, Invalid, NotFound, Rejection

Decision = tuple[EnvironmentEvent, ...] | Rejection


def decide(command: EnvironmentCommand, state: State, facts: Facts) -> Decision:
    if isinstance(command, CreateEnvironment):
        return _create(command, state, facts)
    if isinstance(state, Absent) or state.account_id != command.account_id:
        return NotFound(kind="environment", key=command.environment_id)
    match command:
        case AddRevision():
            return _add(command, state)
        case RestrictRevision():
            return _restrict(command, state)
        case ArchiveEnvironment():
            if state.is_default:
                message = "The default environment cannot be archived."
                return Conflicting(state="used", message=message)
            if state.is_archived:
                return ()
            return (EnvironmentArchived(environment_id=command.environment_id),)
        case _:
            assert_never(command)


def _create(command: CreateEnvironment, state: State, facts: Facts) -> Decision:
    if not isinstance(state, Absent):
        return Conflicting(state="exists", message="An environment with this id exists.")
    if not facts.principal_is_live:
        return NotFound(kind="principal", key=command.account_id)
    if not command.name.strip() or len(command.name) > NAME_MAX:
        return Invalid(field="name", message=f"must have 1 to {NAME_MAX} characters")
    if len(command.description) > DESCRIPTION_MAX:
        return Invalid(
            field="description", message=f"must have at most {DESCRIPTION_MAX} characters"
        )
    if (wrong := _wrong(command.revision)) is not None:
        return wrong
    created = EnvironmentCreated(
        environment_id=command.environment_id,
        account_id=command.account_id,
        name=command.name,
        description=command.description,
        visibility=command.visibility,
        is_curated=command.is_curated,
        is_default=command.is_default,
        duplicate_of=command.duplicate_of,
    )
    restricted = RevisionRestricted(
        environment_id=command.environment_id, revision_id=command.revision_id
    )
    added = _added(command, number=1)
    return (created, added, restricted) if command.is_restricted else (created, added)


def _add(command: AddRevision, state: Known) -> Decision:
    if state.is_archived:
        return Conflicting(state="removed", message="The environment is archived.")
    if command.revision_id in state.revisions:
        return ()  # Decided before; its number stands.
    if (wrong := _wrong(command.revision)) is not None:
        return wrong
    return (_added(command, number=len(state.revisions) + 1),)


def _added(command: CreateEnvironment | AddRevision, *, number: int) -> RevisionAdded:
    return RevisionAdded(
        environment_id=command.environment_id,
        account_id=command.account_id,
        revision_id=command.revision_id,
        number=number,
        build_id=command.build_id,
        revision=command.revision,
    )


def _restrict(command: RestrictRevision, state: Known) -> Decision:
    if command.revision_id not in state.revisions:
        return NotFound(kind="revision", key=command.revision_id)
    if state.is_archived:
        return Conflicting(state="removed", message="The environment is archived.")
    is_it = state.restricted == command.revision_id
    if is_it == command.is_restricted:
        return ()
    return (
        RevisionRestricted(
            environment_id=command.environment_id,
            revision_id=command.revision_id if command.is_restricted else None,
        ),
    )


def _wrong(revision: Revision) -> Invalid | None:
    wrong = wrong_field(revision)
    return None if wrong is None else Invalid(field=wrong[0], message=wrong[1])
