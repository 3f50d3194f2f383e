"""Answers about environments: global ones to everybody, others to who may see their account's."""

from datetime import datetime
from pathlib import Path

from services.query.asked import Asked, Row
from services.query.paging import page_of
from services.query.variables import variables_of
from services.query.view import View
from services.query.views.environments.projection import project
from shared.domain.rejections import NotFound
from shared.kernel.json import loads
from shared.queries.environments import (
    EnvironmentDocument,
    EnvironmentPage,
    GetEnvironment,
    ListEnvironments,
    RevealedRevision,
    RevealRevision,
    RevisionDocument,
)
from shared.queries.executions import GetRevision, RevisionWork

# What one message of the bus takes; who wants more asks on.
ENVIRONMENTS_MAX = 20
SHOWN = ("image", "tags", "clusters", "tools")
ACTIONS = ("environment.read", "environment.write", "environment.manage", "environment.classify")


async def get_environment(question: GetEnvironment, asked: Asked) -> EnvironmentDocument | NotFound:
    row = await asked.row(
        "get_environment", id=question.environment_id, revision_id=question.revision_id
    )
    if row is None or not _is_seen(row, asked):
        return NotFound(kind="environment", key=question.environment_id or "default")
    return _environment(row, asked)


async def list_environments(question: ListEnvironments, asked: Asked) -> EnvironmentPage:
    index, me = asked.index, asked.asker.id
    accounts: list[str] | None = None
    if not index.is_installation_admin(me):
        mine = index.accounts_of(me)
        accounts = sorted(a for a in mine if index.may_in_account(me, "environment.read", a))
    rows = await asked.rows(
        "list_environments",
        accounts=accounts,
        limit=min(max(question.limit, 0), ENVIRONMENTS_MAX),
        offset=max(question.offset, 0),
    )
    items, total = page_of(rows, lambda row: _environment(row, asked))
    return EnvironmentPage(items=items, total=total)


async def reveal_revision(question: RevealRevision, asked: Asked) -> RevealedRevision | NotFound:
    row = await asked.row("get_environment", id=question.environment_id, revision_id=None)
    if row is None or not _is_seen(row, asked) or row[10] is None:
        return NotFound(kind="environment", key=question.environment_id)
    declared = loads(row[10])["revision"]
    return RevealedRevision(
        declared=declared, variables=await variables_of(declared, row[1], asked)
    )


async def get_revision(question: GetRevision, asked: Asked) -> RevisionWork | NotFound:
    row = await asked.row(
        "get_revision", id=question.revision_id, environment_id=question.environment_id
    )
    if row is None:
        return NotFound(kind="revision", key=question.revision_id)
    declared = loads(row[3])
    return RevisionWork(
        revision_id=question.revision_id,
        environment_id=question.environment_id,
        build_id=row[0],
        status=row[1],
        message=row[2],
        declared=declared,
        variables=await variables_of(declared, row[4], asked),
        image=row[5],
    )


def _is_seen(row: Row, asked: Asked) -> bool:
    index, me = asked.index, asked.asker.id
    return (
        asked.is_process
        or row[4] == "global"
        or index.is_installation_admin(me)
        or index.may_in_account(me, "environment.read", row[1])
    )


def _environment(row: Row, asked: Asked) -> EnvironmentDocument:
    owner = asked.index.principals.get(row[1])
    return EnvironmentDocument(
        id=row[0],
        account_id=row[1],
        owner_handle=owner.handle or "" if owner else "",
        owner_kind=owner.kind if owner else "user",
        name=row[2],
        description=row[3],
        visibility=row[4],
        is_curated=row[5],
        is_default=row[6],
        is_archived=row[7],
        created_at=row[8],
        updated_at=row[9],
        latest=_revision(row[10]),
        active=_revision(row[11]),
        restricted=_revision(row[12]),
        revision_ids=tuple(row[13]),
        may=_may(row[1], asked),
    )


def _may(account_id: str, asked: Asked) -> tuple[str, ...]:
    index, me = asked.index, asked.asker.id
    if index.is_installation_admin(me):
        return ACTIONS
    return tuple(a for a in ACTIONS[:-1] if index.may_in_account(me, a, account_id))


def _revision(text: str | None) -> RevisionDocument | None:
    if text is None:
        return None
    row = loads(text)
    return RevisionDocument(
        id=row["id"],
        number=row["number"],
        build_id=row["build_id"],
        status=row["status"],
        reason=row["reason"],
        message=row["message"],
        declared={name: row["revision"][name] for name in SHOWN},
        created_at=datetime.fromisoformat(row["created_at"]),
        updated_at=datetime.fromisoformat(row["updated_at"]),
    )


ENVIRONMENTS = View(
    name="environments",
    sql=Path(__file__).parent / "sql",
    streams=("environment", "execution"),
    tables=("environment", "environment_revision"),
    project=project,
    reads=("environments",),
    answers={
        GetEnvironment: get_environment,
        GetRevision: get_revision,
        ListEnvironments: list_environments,
        RevealRevision: reveal_revision,
    },
)
