"""The access index: who exists, which credentials live, who may do what where. Pure, in memory.

A fold over principal, project, api_key and grant events, kept by the command process (which must
decide again what a caller may do) and by the query process (whose answers must not show more).
It answers for now, never for a past moment: the past is read with today's permission."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from shared.access.actions import PARTS, PUBLIC, ROLE_ACTIONS, Need
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
from shared.domain.quotas import UNLIMITED, Quota
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


class AccessIndex:
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

    # -- questions

    def key_of_digest(self, digest: str, now: datetime) -> Key | None:
        """The live key with this digest, whose principal lives; None for all else."""
        key_id = self._key_by_digest.get(digest)
        return None if key_id is None else self.live_key(key_id, now)

    def live_key(self, key_id: str, now: datetime) -> Key | None:
        key = self.keys.get(key_id)
        if key is None or not key.is_live or not self.principal_is_live(key.principal_id):
            return None
        if key.expires_at is not None and key.expires_at <= now:
            return None
        if key.opened_by is not None and self.live_key(key.opened_by, now) is None:
            return None
        return key

    def principal_is_live(self, principal_id: str) -> bool:
        """A service account lives only as long as the account it works for."""
        principal = self.principals.get(principal_id)
        if principal is None or not principal.is_live:
            return False
        if principal.account_id == principal.id:
            return True
        owner = self.principals.get(principal.account_id)
        return owner is not None and owner.is_live

    def quota_of(self, project_id: str) -> Quota:
        return self._quotas.get(project_id, UNLIMITED)

    def live_project(self, project_id: str) -> Project | None:
        project = self.projects.get(project_id)
        if project is None or not project.is_live:
            return None
        return project if self.principal_is_live(project.account_id) else None

    def project_of_handle(self, handle: str) -> Project | None:
        project_id = self._project_by_handle.get(handle)
        return None if project_id is None else self.live_project(project_id)

    def is_installation_admin(self, principal_id: str) -> bool:
        return self._granted(principal_id, "*", frozenset({"*"}))

    def may(
        self, principal_id: str, action: str, *, project_id: str, service_id: str | None = None
    ) -> bool:
        """Roles in the account and the project, then grants on either, on the service, or on
        everything. A service's id alone opens nothing elsewhere: the caller says whose it is, and
        the decision (or the row) finds that it is not."""
        project = self.projects.get(project_id)
        if project is None:
            return False
        if self._collaborates(principal_id, action, project):
            return True
        if action in PUBLIC and project.visibility == "public":
            return self.principal_is_live(principal_id)
        if service_id is not None and self._granted(
            principal_id, action, frozenset({f"service:{service_id}"})
        ):
            return True
        return self.may_in_account(
            principal_id, action, project.account_id, also=f"project:{project_id}"
        )

    def granted_services(self, principal_id: str, action: str) -> frozenset[str]:
        """Ids of services on which a grant of their own gives this action."""
        return frozenset(
            key
            for grant_id in self._grants_of.get(principal_id, ())
            if (grant := self.grants[grant_id]).is_live and _gives(grant.action, action)
            for kind, _, key in (grant.resource.partition(":"),)
            if kind == "service"
        )

    def may_in_account(
        self, principal_id: str, action: str, account_id: str, *, also: str = "*"
    ) -> bool:
        if principal_id == account_id:
            return True  # One's own account.
        account = self.principals.get(account_id)
        if account is not None:
            role = account.members.get(principal_id)
            if role is not None and action in ROLE_ACTIONS[role]:
                return True
            if account.account_id != account.id and self.may_in_account(
                principal_id, action, account.account_id
            ):
                return True  # A service account is its owner's to command.
        return self._granted(principal_id, action, frozenset({f"account:{account_id}", also, "*"}))

    def meets(self, principal_id: str, need: Need) -> bool:
        """Whether a person may do what a command needs (shared/access/actions.py)."""
        if need.project_id is not None:
            return self.may(
                principal_id, need.action, project_id=need.project_id, service_id=need.service_id
            )
        account_id = need.account_id
        if need.key_id is not None:
            key = self.keys.get(need.key_id)
            account_id = key.principal_id if key else None
        elif need.grant_id is not None:
            grant = self.grants.get(need.grant_id)
            account_id = grant.principal_id if grant else None
        if account_id is None:
            return self._granted(principal_id, need.action, frozenset({"*"}))
        return self.may_in_account(principal_id, need.action, account_id)

    def visible_projects(self, principal_id: str) -> frozenset[str] | None:
        """Ids of the live projects this principal may read; None means every one."""
        if self._granted(principal_id, "project.read", frozenset({"*"})):
            return None
        ids: set[str] = set(self._projects_of.get(principal_id, ()))
        for account_id in self._memberships.get(principal_id, ()):
            ids |= self._projects_of.get(account_id, set())
            ids |= self._collaborations.get(account_id, set())
        ids |= self._collaborations.get(principal_id, set()) | self._public
        for grant_id in self._grants_of.get(principal_id, ()):
            kind, _, key = self.grants[grant_id].resource.partition(":")
            if kind == "account":
                ids |= self._projects_of.get(key, set())
            elif kind == "project":
                ids.add(key)
        return frozenset(
            id_
            for id_ in ids
            if self.live_project(id_) and self.may(principal_id, "project.read", project_id=id_)
        )

    def accounts_of(self, principal_id: str) -> frozenset[str]:
        """The principal's own account and those it is a member of."""
        own = self.principals.get(principal_id)
        accounts = {own.account_id} if own else set()
        return frozenset(accounts | self._memberships.get(principal_id, set()))

    def seen_by(self, principal_id: str) -> frozenset[str]:
        """Ids of those whom one may see: oneself, one's accounts and their members, and who works
        with one in a project. The installation's admin sees everybody."""
        ids = {principal_id} | self.accounts_of(principal_id)
        for account_id in tuple(ids):
            account = self.principals.get(account_id)
            ids |= account.members.keys() if account is not None else set()
        for project_id in self.visible_projects(principal_id) or ():
            project = self.projects[project_id]
            if project.account_id == principal_id or principal_id in project.collaborators:
                ids |= {project.account_id, *project.collaborators}
        return frozenset(ids)

    # -- inside

    def _collaborates(self, principal_id: str, action: str, project: Project) -> bool:
        """By a role of his own, or by that of an organization in which he has the action too."""
        role = project.collaborators.get(principal_id)
        if role is not None and action in ROLE_ACTIONS[role]:
            return True
        for account_id in self._memberships.get(principal_id, ()):
            role, account = project.collaborators.get(account_id), self.principals[account_id]
            if role is None or not account.is_live or action not in ROLE_ACTIONS[role]:
                continue
            if action in ROLE_ACTIONS[account.members[principal_id]]:
                return True
        return False

    def _show(self, project_id: str, visibility: Visibility) -> None:
        self.projects[project_id].visibility = visibility
        if visibility == "public":
            self._public.add(project_id)
        else:
            self._public.discard(project_id)

    def _granted(self, principal_id: str, action: str, resources: frozenset[str]) -> bool:
        return any(
            grant.resource in resources and _gives(grant.action, action)
            for grant_id in self._grants_of.get(principal_id, ())
            if (grant := self.grants[grant_id]).is_live
        )

    def _add_principal(
        self, id_: str, kind: PrincipalKind, handle: str | None, account_id: str
    ) -> None:
        self.principals[id_] = Principal(id=id_, kind=kind, handle=handle, account_id=account_id)

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

    def _set_member(self, account_id: str, member_id: str, role: Role) -> None:
        self.principals[account_id].members[member_id] = role
        self._memberships.setdefault(member_id, set()).add(account_id)


def _gives(granted: str, action: str) -> bool:
    return granted in ("*", action, action.partition(".")[0] + ".*", PARTS.get(action))
