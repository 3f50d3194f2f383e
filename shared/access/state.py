"""What the access index knows, and the fold that keeps it. Pure, in memory."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from shared.domain.api_key.events import ApiKeyIssued, ApiKeyRevoked
from shared.domain.grant.events import GrantGiven, GrantRevoked
from shared.domain.principal.events import (
    MemberRemoved,
    MemberSet,
    OrganizationCreated,
    PasswordChanged,
    PrincipalRemoved,
    ServiceAccountCreated,
    SessionClosed,
    SessionOpened,
    UserCreated,
)
from shared.domain.project.events import (
    CollaboratorRemoved,
    CollaboratorSet,
    ProjectCreated,
    ProjectRemoved,
    ProjectRevised,
    ProjectStandingSet,
)
from shared.domain.project.standing import Visibility
from shared.domain.quota.events import QuotaSet
from shared.domain.quotas import Quota
from shared.domain.roles import Role

ACCESS_STREAM_TYPES = ("principal", "project", "api_key", "grant", "quota")

PrincipalKind = Literal["user", "organization", "service_account"]


@dataclass(slots=True, kw_only=True)
class Principal:
    id: str
    kind: PrincipalKind
    handle: str | None
    account_id: str  # whose tenant it belongs to; its own id for users and organizations
    is_live: bool = True
    members: dict[str, Role] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Project:
    id: str
    account_id: str
    handle: str
    is_live: bool = True
    visibility: Visibility = "private"
    is_archived: bool = False
    is_blocked: bool = False
    is_restricted: bool = False
    collaborators: dict[str, Role] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Key:
    """What opens a door: an API key, or the session of somebody who signed in."""

    id: str
    principal_id: str
    name: str
    expires_at: datetime | None
    is_live: bool = True
    is_session: bool = False
    opened_by: str | None = None  # the API key that a session was opened with, and ends with


@dataclass(slots=True, kw_only=True)
class Grant:
    id: str
    principal_id: str
    action: str
    resource: str
    is_live: bool = True


class AccessState:
    def __init__(self) -> None:
        self.principals: dict[str, Principal] = {}
        self.projects: dict[str, Project] = {}
        self.keys: dict[str, Key] = {}
        self.grants: dict[str, Grant] = {}
        self._key_by_digest: dict[str, str] = {}
        self._project_by_handle: dict[str, str] = {}
        self._public: set[str] = set()
        self._projects_of: dict[str, set[str]] = {}  # account -> live projects
        self._memberships: dict[str, set[str]] = {}  # principal -> accounts
        self._collaborations: dict[str, set[str]] = {}  # principal -> projects
        self._grants_of: dict[str, set[str]] = {}
        self._sessions_of: dict[str, set[str]] = {}
        self._quotas: dict[str, Quota] = {}

    def apply(self, event: Any) -> None:
        """Fold one event; events of other aggregates change nothing here."""
        match event:
            case UserCreated():
                self._add_principal(event.principal_id, "user", event.handle, event.principal_id)
            case OrganizationCreated():
                self._add_principal(
                    event.principal_id, "organization", event.handle, event.principal_id
                )
                if event.owner_id is not None:
                    self._set_member(event.principal_id, event.owner_id, "owner")
            case ServiceAccountCreated():
                self._add_principal(event.principal_id, "service_account", None, event.account_id)
            case MemberSet():
                self._set_member(event.principal_id, event.member_id, event.role)
            case MemberRemoved():
                self.principals[event.principal_id].members.pop(event.member_id, None)
                self._memberships.get(event.member_id, set()).discard(event.principal_id)
            case PrincipalRemoved():
                self.principals[event.principal_id].is_live = False
            case SessionOpened():
                self._open_session(event)
            case SessionClosed():
                self._close_sessions(event.principal_id, {event.session_id})
            case PasswordChanged():
                self._close_sessions(
                    event.principal_id, self._sessions_of.get(event.principal_id, set())
                )
            case ProjectCreated():
                self.projects[event.project_id] = Project(
                    id=event.project_id,
                    account_id=event.account_id,
                    handle=event.handle,
                    is_restricted=event.is_restricted,
                )
                self._show(event.project_id, event.visibility)
                self._project_by_handle[event.handle] = event.project_id
                self._projects_of.setdefault(event.account_id, set()).add(event.project_id)
            case ProjectRevised():
                self.projects[event.project_id].is_archived = event.archived
                self._show(event.project_id, event.visibility)
            case ProjectStandingSet():
                self.projects[event.project_id].is_blocked = event.is_blocked
            case QuotaSet():
                self._quotas[event.project_id] = event.quota
            case CollaboratorSet():
                self.projects[event.project_id].collaborators[event.principal_id] = event.role
                self._collaborations.setdefault(event.principal_id, set()).add(event.project_id)
            case CollaboratorRemoved():
                self.projects[event.project_id].collaborators.pop(event.principal_id, None)
                self._collaborations.get(event.principal_id, set()).discard(event.project_id)
            case ProjectRemoved():
                project = self.projects[event.project_id]
                project.is_live = False
                self._projects_of[project.account_id].discard(event.project_id)
            case ApiKeyIssued():
                self.keys[event.key_id] = Key(
                    id=event.key_id,
                    principal_id=event.principal_id,
                    name=event.name,
                    expires_at=event.expires_at,
                )
                self._key_by_digest[event.digest] = event.key_id
            case ApiKeyRevoked():
                self.keys[event.key_id].is_live = False
            case GrantGiven():
                self.grants[event.grant_id] = Grant(
                    id=event.grant_id,
                    principal_id=event.principal_id,
                    action=event.action,
                    resource=event.resource,
                )
                self._grants_of.setdefault(event.principal_id, set()).add(event.grant_id)
            case GrantRevoked():
                self.grants[event.grant_id].is_live = False
                self._grants_of.get(event.principal_id, set()).discard(event.grant_id)
            case _:
                return

    def _add_principal(
        self, id_: str, kind: PrincipalKind, handle: str | None, account_id: str
    ) -> None:
        self.principals[id_] = Principal(id=id_, kind=kind, handle=handle, account_id=account_id)

    def _set_member(self, account_id: str, member_id: str, role: Role) -> None:
        self.principals[account_id].members[member_id] = role
        self._memberships.setdefault(member_id, set()).add(account_id)

    def _show(self, project_id: str, visibility: Visibility) -> None:
        self.projects[project_id].visibility = visibility
        if visibility == "public":
            self._public.add(project_id)
        else:
            self._public.discard(project_id)

    def _open_session(self, event: SessionOpened) -> None:
        self.keys[event.session_id] = Key(
            id=event.session_id,
            principal_id=event.principal_id,
            name="session",
            expires_at=event.expires_at,
            is_session=True,
            opened_by=event.key_id,
        )
        self._sessions_of.setdefault(event.principal_id, set()).add(event.session_id)

    def _close_sessions(self, principal_id: str, session_ids: set[str]) -> None:
        for session_id in session_ids:
            self.keys[session_id].is_live = False
        self._sessions_of[principal_id] = self._sessions_of.get(principal_id, set()) - session_ids
