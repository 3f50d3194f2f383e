"""What happened to a project."""

from dataclasses import dataclass

from shared.domain.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectCreated:
    project_id: str
    account_id: str
    handle: str
    name: str
    description: str
    is_home: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectRevised:
    """Name and description after the change."""

    project_id: str
    name: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CollaboratorSet:
    project_id: str
    principal_id: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class CollaboratorRemoved:
    project_id: str
    principal_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectRemoved:
    project_id: str


ProjectEvent = (
    ProjectCreated | ProjectRevised | CollaboratorSet | CollaboratorRemoved | ProjectRemoved
)
