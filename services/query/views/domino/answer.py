"""Answers about projects to those who work in them, and about their goals."""

from pathlib import Path

from services.query.asked import Asked, Row
from services.query.paging import PER_PAGE_MAX, fitting, page_of
from services.query.view import View
from services.query.views.domino.projection import Profile, project
from shared.access.actions import ACTIONS
from shared.domain.rejections import Forbidden, NotFound
from shared.envelope.codec import decode
from shared.kernel.json import loads
from shared.queries.domino import (
    DominoProject,
    DominoProjectPage,
    GetDominoProject,
    GetGoal,
    GitCredentialDocument,
    GitCredentialList,
    GoalDocument,
    GoalList,
    ListDominoProjects,
    ListGitCredentials,
    ListGoals,
)

CREDENTIALS_SHOWN = 200
FINGERPRINT_DIGITS = 32


async def get_project(
    question: GetDominoProject, asked: Asked
) -> DominoProject | NotFound | Forbidden:
    row = await asked.row("get_project", project_id=question.project_id)
    if row is None:
        return NotFound(kind="project", key=question.project_id)
    return _unseen(question.project_id, asked) or _project(row, asked)


async def list_projects(question: ListDominoProjects, asked: Asked) -> DominoProjectPage:
    ids = asked.index.visible_projects(asked.asker.id)
    # A project that was removed answers at no moment, so it is left out of the past too.
    hidden = [p.id for p in asked.index.projects.values() if not asked.index.live_project(p.id)]
    rows = await asked.rows(
        "list_projects",
        everything=ids is None,
        ids=sorted(ids or ()),
        hidden=hidden,
        offset=max(question.offset, 0),
        limit=min(max(question.limit, 0), PER_PAGE_MAX),
    )
    items, total = page_of(fitting(rows), lambda row: _project(row, asked))
    return DominoProjectPage(items=items, total=total)


async def list_goals(question: ListGoals, asked: Asked) -> GoalList | NotFound | Forbidden:
    seen = await get_project(GetDominoProject(project_id=question.project_id), asked)
    if not isinstance(seen, DominoProject):
        return seen
    rows = await asked.rows(
        "list_goals",
        project_id=question.project_id,
        after=question.after,
        limit=PER_PAGE_MAX,
    )
    items = tuple(_goal(row) for row in fitting(rows))
    return GoalList(items=items, next_after=items[-1].id if len(items) < len(rows) else None)


async def get_goal(question: GetGoal, asked: Asked) -> GoalDocument | NotFound | Forbidden:
    seen = await get_project(GetDominoProject(project_id=question.project_id), asked)
    if not isinstance(seen, DominoProject):
        return seen
    row = await asked.row("get_goal", project_id=question.project_id, goal_id=question.goal_id)
    return NotFound(kind="goal", key=question.goal_id) if row is None else _goal(row)


async def list_credentials(
    question: ListGitCredentials, asked: Asked
) -> GitCredentialList | NotFound | Forbidden:
    """One's own, and those of whom one may change; that somebody is there is told to who sees."""
    whose, me = question.principal_id, asked.asker.id
    if not asked.index.principal_is_live(whose):
        return NotFound(kind="user", key=whose)
    if not asked.index.may_in_account(me, "account.write", whose):
        if whose in asked.index.seen_by(me):
            return Forbidden(action="account.write", resource=f"account:{whose}")
        return NotFound(kind="user", key=whose)
    rows = await asked.rows("list_credentials", principal_id=whose, limit=CREDENTIALS_SHOWN)
    return GitCredentialList(items=tuple(_credential(row) for row in rows))


def _unseen(project_id: str, asked: Asked) -> NotFound | Forbidden | None:
    """By today's permission, whatever the moment."""
    if asked.may("project.read", project_id):
        return None
    found = asked.index.live_project(project_id)
    if found is not None and found.visibility == "searchable":
        return Forbidden(action="project.read", resource=f"project:{project_id}")
    return NotFound(kind="project", key=project_id)


def _project(row: Row, asked: Asked) -> DominoProject:
    profile = decode(Profile, row[2])
    owner = asked.index.principals.get(row[1])
    return DominoProject(
        id=row[0],
        account_id=row[1],
        # Handles are for ever, so that of now is that of any moment.
        owner_handle=(owner.handle if owner else None) or row[1],
        name=profile.name,
        description=profile.description,
        visibility=profile.visibility,
        is_restricted=profile.is_restricted,
        repository=profile.repository,
        standing=profile.standing,
        results_branch=profile.results_branch,
        collaborators=tuple(sorted(loads(row[3]).items())),
        created_at=row[4],
        updated_at=row[5],
        may=tuple(sorted(action for action in ACTIONS if asked.may(action, row[0]))),
    )


def _credential(row: Row) -> GitCredentialDocument:
    return GitCredentialDocument(
        id=row[0],
        principal_id=row[1],
        name=row[2],
        domain=row[3],
        provider=row[4],
        protocol=row[5],
        username=row[6],
        fingerprint=":".join(row[7][n : n + 2] for n in range(0, FINGERPRINT_DIGITS, 2)),
        created_at=row[8],
    )


def _goal(row: Row) -> GoalDocument:
    return GoalDocument(
        id=row[0],
        project_id=row[1],
        title=row[2],
        description=row[3],
        assignee_id=row[4],
        stage_id=row[5],
        is_complete=row[6],
        created_by=row[7],
        created_at=row[8],
    )


DOMINO = View(
    name="domino",
    sql=Path(__file__).parent / "sql",
    streams=("project", "git_credential"),
    tables=("domino_project", "project_goal", "git_credential"),
    project=project,
    reads=("domino",),
    answers={
        GetDominoProject: get_project,
        ListDominoProjects: list_projects,
        ListGoals: list_goals,
        GetGoal: get_goal,
        ListGitCredentials: list_credentials,
    },
)
