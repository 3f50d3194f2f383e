"""An access index that a test fills with events, and short names for who is in it."""

from typing import Any

from shared.access.index import AccessIndex
from shared.domain.api_key.events import ApiKeyIssued
from shared.domain.grant.events import GrantGiven
from shared.domain.principal.events import (
    MemberSet,
    OrganizationCreated,
    ServiceAccountCreated,
    UserCreated,
)
from shared.domain.project.events import CollaboratorSet, ProjectCreated
from shared.domain.roles import Role


def id_of(name: str) -> str:
    """The same id for the same name, so that tests read as sentences."""
    return name.encode().hex().ljust(24, "0")[:24]


class World:
    def __init__(self) -> None:
        self.index = AccessIndex()
        self.user("root")
        self.grant("root", "*", "*")

    def apply(self, *events: Any) -> None:
        for event in events:
            self.index.apply(event)

    def user(self, *names: str) -> None:
        for name in names:
            home = id_of(f"h-{name}")
            self.apply(
                UserCreated(
                    principal_id=id_of(name),
                    home_project_id=home,
                    handle=name,
                    name=name,
                    email=None,
                    password=None,
                )
            )
            self.project(f"h-{name}", name, handle=name)

    def organization(self, name: str, owner: str | None = None) -> None:
        self.apply(
            OrganizationCreated(
                principal_id=id_of(name),
                home_project_id=id_of(f"h-{name}"),
                handle=name,
                name=name,
                owner_id=id_of(owner) if owner else None,
            )
        )
        self.project(f"h-{name}", name, handle=name)

    def service_account(self, name: str, of: str) -> None:
        self.apply(ServiceAccountCreated(principal_id=id_of(name), account_id=id_of(of), name=name))

    def project(self, name: str, account: str, handle: str | None = None) -> None:
        self.apply(
            ProjectCreated(
                project_id=id_of(name),
                account_id=id_of(account),
                handle=handle or name,
                name=name,
                description="",
                is_home=handle is not None,
            )
        )

    def member(self, name: str, of: str, role: Role) -> None:
        self.apply(MemberSet(principal_id=id_of(of), member_id=id_of(name), role=role))

    def collaborator(self, name: str, project: str, role: Role) -> None:
        self.apply(CollaboratorSet(project_id=id_of(project), principal_id=id_of(name), role=role))

    def grant(self, name: str, action: str, resource: str) -> str:
        grant_id = id_of(f"g{len(self.index.grants)}")
        self.apply(
            GrantGiven(
                grant_id=grant_id, principal_id=id_of(name), action=action, resource=resource
            )
        )
        return grant_id

    def key(self, name: str, of: str, digest: str, expires_at: Any = None) -> None:
        self.apply(
            ApiKeyIssued(
                key_id=id_of(name),
                principal_id=id_of(of),
                name=name,
                digest=digest,
                expires_at=expires_at,
            )
        )

    def may(self, name: str, action: str, project: str) -> bool:
        return self.index.may(id_of(name), action, project_id=id_of(project))

    def sees(self, name: str) -> set[str] | None:
        """Names of the visible projects; None is every one."""
        visible = self.index.visible_projects(id_of(name))
        if visible is None:
            return None
        return {project.handle for id_ in visible if (project := self.index.live_project(id_))}
