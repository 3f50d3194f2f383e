"""domino: projects as those see them who work in them, and their goals;
and the git credentials of people. Fed by project and git_credential events.

What is never searched by is one JSON value (`Profile`), so that a field more is no column more."""

from dataclasses import dataclass, field
from typing import Any

from services.query.view import Write
from shared.domain.git_credential.events import GitCredentialAdded, GitCredentialRemoved
from shared.domain.project.events import (
    CollaboratorRemoved,
    CollaboratorSet,
    GoalAdded,
    GoalRemoved,
    GoalSet,
    ProjectCreated,
    ProjectRemoved,
    ProjectRevised,
    ProjectStandingSet,
    ResultsBranchSet,
)
from shared.domain.project.repository import Repository
from shared.domain.project.standing import ResultsBranch, Standing, Visibility
from shared.envelope.codec import encode
from shared.envelope.event import EventEnvelope
from shared.kernel.json import dumps


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    name: str
    description: str
    visibility: Visibility = "private"
    is_restricted: bool = False
    repository: Repository | None = None
    standing: Standing = field(default_factory=Standing)
    results_branch: ResultsBranch = "main"


def project(event: object, envelope: EventEnvelope) -> tuple[Write, ...]:
    match event:
        case GitCredentialAdded() | GitCredentialRemoved():
            return (_credential(event, envelope),)
        case ProjectCreated():
            return (_created(event, envelope),)
        case ProjectRevised():
            changes = {
                "name": event.name,
                "description": event.description,
                "visibility": event.visibility,
            }
            return (_changed(event.project_id, envelope, changes, archived=event.archived),)
        case ProjectStandingSet():
            standing = {
                "progress": event.progress,
                "is_blocked": event.is_blocked,
                "blocked_reason": event.blocked_reason,
                "completed_message": event.completed_message,
            }
            return (_changed(event.project_id, envelope, {"standing": standing}),)
        case ResultsBranchSet():
            return (_changed(event.project_id, envelope, {"results_branch": event.branch}),)
        case CollaboratorSet():
            who = {"principal_id": event.principal_id, "role": event.role}
            return (_write("set_collaborator", event.project_id, envelope, **who),)
        case CollaboratorRemoved():
            left = event.principal_id
            return (_write("remove_collaborator", event.project_id, envelope, principal_id=left),)
        case ProjectRemoved():
            return (_write("close_project", event.project_id, envelope),)
        case GoalAdded() | GoalSet() | GoalRemoved():
            return (_goal(event, envelope),)
        case _:
            return ()  # Pins and shares are another view's.


def _created(event: ProjectCreated, envelope: EventEnvelope) -> Write:
    profile = Profile(
        name=event.name,
        description=event.description,
        visibility=event.visibility,
        is_restricted=event.is_restricted,
        repository=event.repository,
    )
    return _write(
        "insert_project",
        event.project_id,
        envelope,
        account_id=event.account_id,
        profile=encode(profile).decode(),
    )


def _changed(
    project_id: str,
    envelope: EventEnvelope,
    changes: dict[str, Any],
    *,
    archived: bool | None = None,
) -> Write:
    return _write("change_project", project_id, envelope, changes=dumps(changes), archived=archived)


def _goal(event: GoalAdded | GoalSet | GoalRemoved, envelope: EventEnvelope) -> Write:
    match event:
        case GoalAdded():
            return _write(
                "insert_goal",
                event.project_id,
                envelope,
                goal_id=event.goal_id,
                title=event.title,
                description=event.description,
                assignee_id=event.assignee_id,
                stage_id=event.stage_id,
                created_by=envelope.actor.partition(":")[2],
            )
        case GoalSet():
            row = {"goal_id": event.goal_id, "is_complete": event.is_complete}
            return _write("set_goal", event.project_id, envelope, **row)
        case GoalRemoved():
            return _write("close_goal", event.project_id, envelope, goal_id=event.goal_id)


def _credential(event: GitCredentialAdded | GitCredentialRemoved, envelope: EventEnvelope) -> Write:
    row = {"git_credential_id": event.git_credential_id, "position": envelope.position}
    if isinstance(event, GitCredentialRemoved):
        return Write(statement="close_credential", key=event.git_credential_id, row=row)
    return Write(
        statement="insert_credential",
        key=event.git_credential_id,
        row={
            **row,
            "at": envelope.at,
            "principal_id": event.principal_id,
            "name": event.name,
            "domain": event.domain,
            "provider": event.provider,
            "protocol": event.protocol,
            "username": event.username,
            "mac": event.secret.mac,
            "secret_id": event.secret.secret_id,
        },
    )


def _write(statement: str, project_id: str, envelope: EventEnvelope, **row: Any) -> Write:
    return Write(
        statement=statement,
        key=project_id,
        row={
            "project_id": project_id,
            "position": envelope.position,
            "at": envelope.at,
            **row,
        },
    )
