"""The access index: who exists, which credentials live, who may do what where. Pure, in memory.

Kept by the command process (which must decide again what a caller may do) and by the query process
(whose answers must not show more). It answers for now, never for a past moment: the past is read
with today's permission."""

from datetime import datetime

from shared.access.actions import PARTS, PUBLIC, ROLE_ACTIONS, Need
from shared.access.state import AccessState, Key, Project
from shared.domain.quotas import UNLIMITED, Quota


class AccessIndex(AccessState):
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

    def is_archived(self, project_id: str) -> bool:
        project = self.projects.get(project_id)
        return project is not None and project.is_archived

    def project_of_handle(self, handle: str) -> Project | None:
        project_id = self._project_by_handle.get(handle)
        return None if project_id is None else self.live_project(project_id)

    def is_installation_admin(self, principal_id: str) -> bool:
        return self._granted(principal_id, "*", frozenset({"*"}))

    def keeper(self) -> str | None:
        """Of the admins of the installation the first; None before there is one."""
        whole = (
            grant_id
            for grant_id, grant in self.grants.items()
            if grant.is_live and grant.action == "*" and grant.resource == "*"
        )
        first = min(whole, default=None)
        return None if first is None else self.grants[first].principal_id

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

    def _granted(self, principal_id: str, action: str, resources: frozenset[str]) -> bool:
        return any(
            grant.resource in resources and _gives(grant.action, action)
            for grant_id in self._grants_of.get(principal_id, ())
            if (grant := self.grants[grant_id]).is_live
        )


def _gives(granted: str, action: str) -> bool:
    return granted in ("*", action, action.partition(".")[0] + ".*", PARTS.get(action))
