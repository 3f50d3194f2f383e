"""What happened to a project."""

from dataclasses import dataclass

from shared.domain.roles import Role
from shared.kernel.secrets import SecretRef


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
    """Name, description and whether it is archived, after the change."""

    project_id: str
    name: str
    description: str
    archived: bool = False


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectPinned:
    project_id: str
    principal_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectUnpinned:
    project_id: str
    principal_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectShared:
    """`digest` is keyed by the installation: it finds the token and tells nothing of it."""

    project_id: str
    token: SecretRef
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectUnshared:
    project_id: str


ProjectEvent = (
    ProjectCreated
    | ProjectRevised
    | CollaboratorSet
    | CollaboratorRemoved
    | ProjectPinned
    | ProjectUnpinned
    | ProjectShared
    | ProjectUnshared
    | ProjectRemoved
)
