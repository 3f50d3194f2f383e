"""What may be asked of a project."""

from dataclasses import dataclass

from shared.domain.project.repository import Repository
from shared.domain.project.standing import Progress, ResultsBranch, Visibility
from shared.domain.roles import Role
from shared.kernel.secrets import PlainText, SecretRef
from shared.kernel.unset import UNSET, Unset


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateProject:
    """A home project's handle is its owner's own, already claimed there.

    `claims_name`: the name holds no white space and is the account's only one of its kind.
    `repository` is None where the project keeps its work in one of its own. `template` names what
    it was made after, as the client calls it."""

    project_id: str
    account_id: str
    handle: str
    name: str
    description: str = ""
    is_home: bool = False
    visibility: Visibility = "private"
    is_restricted: bool = False
    claims_name: bool = False
    repository: Repository | None = None
    template: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviseProject:
    project_id: str
    name: str | Unset = UNSET
    description: str | Unset = UNSET
    archived: bool | Unset = UNSET
    visibility: Visibility | Unset = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class SetProjectStanding:
    """The whole of it: what is not given is no longer so."""

    project_id: str
    progress: Progress
    is_blocked: bool
    blocked_reason: str | None = None
    completed_message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetResultsBranch:
    project_id: str
    branch: ResultsBranch


@dataclass(frozen=True, slots=True, kw_only=True)
class AddGoal:
    project_id: str
    goal_id: str
    title: str
    description: str | None = None
    assignee_id: str | None = None
    stage_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetGoal:
    project_id: str
    goal_id: str
    is_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveGoal:
    project_id: str
    goal_id: str


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
    | SetProjectStanding
    | SetResultsBranch
    | AddGoal
    | SetGoal
    | RemoveGoal
    | SetCollaborator
    | RemoveCollaborator
    | PinProject
    | UnpinProject
    | ShareProject
    | UnshareProject
    | RemoveProject
)
