"""What may be asked of a project."""

from dataclasses import dataclass

from shared.domain.roles import Role
from shared.kernel.unset import UNSET, Unset


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateProject:
    """A home project's handle is its owner's own, already claimed there."""

    project_id: str
    account_id: str
    handle: str
    name: str
    description: str = ""
    is_home: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviseProject:
    project_id: str
    name: str | Unset = UNSET
    description: str | Unset = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCollaborator:
    project_id: str
    principal_id: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveCollaborator:
    project_id: str
    principal_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveProject:
    project_id: str


ProjectCommand = (
    CreateProject | ReviseProject | SetCollaborator | RemoveCollaborator | RemoveProject
)
