"""What may be asked of a project."""

from dataclasses import dataclass

from shared.domain.roles import Role
from shared.kernel.secrets import PlainText, SecretRef
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
    archived: bool | Unset = UNSET


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PinProject:
    """For the one who asks, among all who read the project."""

    project_id: str
    principal_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpinProject:
    project_id: str
    principal_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareProject:
    """Whoever shows the token reads the project as it is now, without an account.

    `digest` is how it is found (shared/access/digest.py); an earlier token dies."""

    project_id: str
    token: PlainText | SecretRef
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnshareProject:
    project_id: str


ProjectCommand = (
    CreateProject
    | ReviseProject
    | SetCollaborator
    | RemoveCollaborator
    | PinProject
    | UnpinProject
    | ShareProject
    | UnshareProject
    | RemoveProject
)
