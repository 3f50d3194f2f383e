"""Projects as those see them who work in them. What is archived is there no longer."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.git import Provider
from shared.domain.project.repository import Repository
from shared.domain.project.standing import ResultsBranch, Standing, Visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class GetDominoProject:
    """NotFound where it is absent, archived or out of sight; Forbidden where all may know that it
    is there, but not what is in it (`searchable`)."""

    project_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDominoProjects:
    """Those that the asker may read, oldest first."""

    offset: int = 0
    limit: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class DominoProject:
    """`owner_handle` is the account's; `may` as in identity. Collaborators are (id, role)."""

    id: str
    account_id: str
    owner_handle: str
    name: str
    description: str
    visibility: Visibility
    is_restricted: bool
    repository: Repository | None
    standing: Standing
    results_branch: ResultsBranch
    collaborators: tuple[tuple[str, str], ...]
    created_at: datetime
    updated_at: datetime
    may: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DominoProjectPage:
    items: tuple[DominoProject, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListGoals:
    """Of one project, oldest first, as many as one answer carries; `after` is the last one's id."""

    project_id: str
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GetGoal:
    project_id: str
    goal_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalDocument:
    """`created_by` is a principal's id, or a process's name."""

    id: str
    project_id: str
    title: str
    description: str | None
    assignee_id: str | None
    stage_id: str | None
    is_complete: bool
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalList:
    """`next_after` is None where there are no more."""

    items: tuple[GoalDocument, ...]
    next_after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListGitCredentials:
    """Of one user, oldest first. Forbidden where the asker sees him and may not change him."""

    principal_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GitCredentialDocument:
    """`fingerprint` tells equal secrets of one user apart from others, and nothing of them."""

    id: str
    principal_id: str
    name: str
    domain: str
    provider: Provider
    protocol: str
    username: str | None
    fingerprint: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GitCredentialList:
    items: tuple[GitCredentialDocument, ...]
