"""What happened to a project."""

from dataclasses import dataclass

from shared.domain.project.repository import Repository
from shared.domain.project.standing import Progress, ResultsBranch, Visibility
from shared.domain.roles import Role
from shared.kernel.secrets import SecretRef


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectCreated:
    """`claims_name`: no other live project of the account that does has its name."""

    project_id: str
    account_id: str
    handle: str
    name: str
    description: str
    is_home: bool
    visibility: Visibility = "private"
    is_restricted: bool = False
    claims_name: bool = False
    repository: Repository | None = None
    template: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectRevised:
    """Name, description, who may see it and whether it is archived, after the change."""

    project_id: str
    name: str
    description: str
    archived: bool = False
    visibility: Visibility = "private"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectStandingSet:
    project_id: str
    progress: Progress
    is_blocked: bool
    blocked_reason: str | None
    completed_message: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsBranchSet:
    project_id: str
    branch: ResultsBranch


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalAdded:
    project_id: str
    goal_id: str
    title: str
    description: str | None
    assignee_id: str | None
    stage_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalSet:
    """Reached, or open again."""

    project_id: str
    goal_id: str
    is_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalRemoved:
    project_id: str
    goal_id: str


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
    | ProjectStandingSet
    | ResultsBranchSet
    | GoalAdded
    | GoalSet
    | GoalRemoved
    | CollaboratorSet
    | CollaboratorRemoved
    | ProjectPinned
    | ProjectUnpinned
    | ProjectShared
    | ProjectUnshared
    | ProjectRemoved
)
