"""Who may give this command: asked again here, whatever the gateway has checked (THREATS row 47).

Only the gateway speaks for people, and only through a credential that lives now. A process of ours
says what its row in PROCESS_COMMANDS allows. Nobody gives what he does not hold."""

from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from shared.access.actions import ACTIONS, PROCESS_COMMANDS, ROLE_ACTIONS, Need, need_of
from shared.access.index import AccessIndex
from shared.domain.api_key.commands import IssueApiKey
from shared.domain.execution.commands import StopExecution
from shared.domain.grant.commands import GiveGrant, RevokeGrant
from shared.domain.principal.commands import OpenSessionByKey, RemoveMember, SetMember
from shared.domain.project.commands import (
    PinProject,
    RemoveCollaborator,
    RemoveProject,
    ReviseProject,
    SetCollaborator,
    UnpinProject,
    UnshareProject,
)
from shared.domain.rejections import Conflicting, Forbidden, Invalid, NotFound, Unauthenticated
from shared.envelope.messages import CommandEnvelope
from shared.kernel.unset import Unset

# Who sees it, its end, and one's own marks.
_OF_ARCHIVED = (
    RemoveProject,
    RemoveCollaborator,
    PinProject,
    UnpinProject,
    UnshareProject,
    RevokeGrant,
    StopExecution,
)
Refusal = Unauthenticated | Forbidden | NotFound | Invalid


def refusal_of(
    envelope: CommandEnvelope,
    publisher: str,
    index: AccessIndex,
    now: datetime,
    *,
    project_of_service: str | None = None,
    repeats: tuple[str, str] | None = None,
) -> Refusal | None:
    """None where the command may be decided. `project_of_service` is that of the service on which
    a grant is to be given. `repeats` is (the subject it names, the subject of its first answer):
    what was removed by its name has no name any more, so it is the first answer's that counts."""
    actor, command = envelope.actor, envelope.command
    if actor.kind == "process":
        allowed = PROCESS_COMMANDS.get(actor.id, ())
        if actor.id != publisher or not isinstance(command, allowed):
            return Forbidden(action=type(command).__name__, resource=f"process:{publisher}")
        return None
    if publisher != "gateway":
        return Forbidden(action="speak for people", resource=f"process:{publisher}")
    if actor.credential_id is None:
        return Unauthenticated()
    key = index.live_key(actor.credential_id, now)
    if key is None or key.principal_id != actor.id:
        return Unauthenticated()
    if isinstance(command, OpenSessionByKey) and (
        key.is_session or command.key_id != key.id or command.principal_id != actor.id
    ):
        # A session that opened another would never end.
        return Forbidden(action="open a session", resource=f"principal:{command.principal_id}")
    need = need_of(command)
    if need is None:
        return Forbidden(action=type(command).__name__, resource="process")
    if repeats is not None:
        need = _about(need, *repeats)
    return _unmet(actor.id, need, index) or _climb(actor.id, command, index, project_of_service)


def ended_by(envelope: CommandEnvelope, index: AccessIndex) -> NotFound | Conflicting | None:
    """What a removal or an archive has put an end to."""
    return _gone(envelope, index) or _closed(envelope, index)


def _gone(envelope: CommandEnvelope, index: AccessIndex) -> NotFound | None:
    """The project that a person's command is about, where it was removed. Asked after the replay:
    who removed it and repeats himself hears his first answer again."""
    need = None if envelope.actor.kind == "process" else need_of(envelope.command)
    if need is None or need.project_id is None or index.live_project(need.project_id) is not None:
        return None
    return NotFound(kind="project", key=need.project_id)


def _closed(envelope: CommandEnvelope, index: AccessIndex) -> Conflicting | None:
    """The project that a person's command is about, where it is archived: nothing in it changes but
    who may see it, and whether it is archived."""
    command = envelope.command
    need = None if envelope.actor.kind == "process" else need_of(command)
    if need is None or need.project_id is None or isinstance(command, _OF_ARCHIVED):
        return None
    if not index.is_archived(need.project_id) or _opens(command):
        return None
    message = "The project is archived: nothing in it changes until it is taken out of the archive."
    return Conflicting(state="archived", message=message)


def _opens(command: Any) -> bool:
    """A change of nothing but the archive, or out of it."""
    if not isinstance(command, ReviseProject) or isinstance(command.archived, Unset):
        return False
    others = (command.name, command.description, command.visibility)
    return not command.archived or all(isinstance(one, Unset) for one in others)


def _about(need: Need, named: str, meant: str) -> Need:
    same = [field.name for field in fields(need) if getattr(need, field.name) == named]
    return replace(need, **dict.fromkeys(same, meant))


def _unmet(principal_id: str, need: Need, index: AccessIndex) -> Refusal | None:
    """What is absent and what is out of sight are answered alike, but for projects, whose handles
    are public (DESIGN 4.1)."""
    if index.meets(principal_id, need):
        return None
    if need.project_id is not None and index.live_project(need.project_id) is None:
        return NotFound(kind="project", key=need.project_id)
    if need.key_id is not None:
        return NotFound(kind="api_key", key=need.key_id)
    if need.grant_id is not None:
        return NotFound(kind="grant", key=need.grant_id)
    if need.account_id is not None and need.account_id not in index.accounts_of(principal_id):
        return NotFound(kind="principal", key=need.account_id)
    if need.project_id is not None:
        return Forbidden(action=need.action, resource=f"project:{need.project_id}")
    return Forbidden(action=need.action, resource=need.account_id or "*")


def _climb(
    principal_id: str, command: Any, index: AccessIndex, project_of_service: str | None
) -> Refusal | None:
    """A member may not make himself owner, nor a grant give more than its giver has."""
    match command:
        case SetMember():
            actions = ROLE_ACTIONS[command.role] | _role_actions(
                index, command.principal_id, command.member_id
            )
            return _lacks(
                principal_id, actions, Need(action="", account_id=command.principal_id), index
            )
        case RemoveMember():
            actions = _role_actions(index, command.principal_id, command.member_id)
            return _lacks(
                principal_id, actions, Need(action="", account_id=command.principal_id), index
            )
        case SetCollaborator():
            return _lacks(
                principal_id,
                ROLE_ACTIONS[command.role],
                Need(action="", project_id=command.project_id),
                index,
            )
        case RemoveCollaborator():
            project = index.projects.get(command.project_id)
            role = project.collaborators.get(command.principal_id) if project else None
            actions = ROLE_ACTIONS[role] if role else frozenset()
            return _lacks(
                principal_id, actions, Need(action="", project_id=command.project_id), index
            )
        case PinProject() | UnpinProject():
            if command.principal_id != principal_id:
                return Forbidden(action="project.read", resource=command.principal_id)
            return None
        case GiveGrant():
            return _grant_climb(principal_id, command, index, project_of_service)
        case IssueApiKey():
            target = index.principals.get(command.principal_id)
            if target is not None and target.kind == "organization":
                # Whoever holds an organization's own key would be above its owners.
                return Invalid(
                    field="principal_id",
                    message="an organization has no keys; make them for a service account",
                )
            return None
        case _:
            return None


def _grant_climb(
    principal_id: str, command: GiveGrant, index: AccessIndex, project_of_service: str | None
) -> Refusal | None:
    if command.action == "*":
        actions = frozenset(ACTIONS)
    elif command.action.endswith(".*"):
        family = command.action[:-1]
        actions = frozenset(a for a in ACTIONS if a.startswith(family))
    else:
        actions = frozenset({command.action})
    kind, _, key = command.resource.partition(":")
    match kind:
        case "account":
            need = Need(action="", account_id=key)
        case "project":
            need = Need(action="", project_id=key)
        case "service" if project_of_service is not None:
            need = Need(action="", project_id=project_of_service, service_id=key)
        case "*":
            need = Need(action="")
        case _:
            return (
                None
                if index.is_installation_admin(principal_id)
                else Forbidden(action="grant.write", resource=command.resource)
            )
    return _lacks(principal_id, actions, need, index)


def _role_actions(index: AccessIndex, account_id: str, member_id: str) -> frozenset[str]:
    account = index.principals.get(account_id)
    role = account.members.get(member_id) if account else None
    return ROLE_ACTIONS[role] if role else frozenset()


def _lacks(
    principal_id: str, actions: frozenset[str], need: Need, index: AccessIndex
) -> Forbidden | None:
    for action in sorted(actions):
        if not index.meets(principal_id, replace(need, action=action)):
            resource = need.project_id or need.account_id or "*"
            return Forbidden(action=action, resource=resource, why="one cannot give what one lacks")
    return None
