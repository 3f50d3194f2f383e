"""Answers to the scheduler: what is to be done, and everything that doing one of them takes."""

from dataclasses import replace
from typing import Any

from services.query.asked import Asked, Row
from services.query.variables import variables_of
from services.query.views.executions import documents
from services.query.views.executions.logins import login_of
from shared.domain.execution.commands import GitRef
from shared.domain.hardware_tier.tier import Tier
from shared.domain.rejections import NotFound
from shared.envelope.codec import decode
from shared.kernel.json import loads
from shared.queries.executions import (
    GetWork,
    ListUnfinished,
    ProjectWork,
    RevisionWork,
    Unfinished,
    UnfinishedList,
    WorkDocument,
)

LIMIT_MAX = 500
# How a project's repository names a ref, and how a job does.
_REF_KINDS = {"head": "head", "branch": "branches", "tag": "tags", "commit": "commitId"}


async def list_unfinished(question: ListUnfinished, asked: Asked) -> UnfinishedList:
    rows = await asked.rows(
        "list_unfinished",
        after=question.after,
        ids=None if question.ids is None else list(question.ids),
        limit=min(max(question.limit, 1), LIMIT_MAX),
    )
    return UnfinishedList(items=tuple(_unfinished(row, asked) for row in rows))


def _unfinished(row: Row, asked: Asked) -> Unfinished:
    """What runs in a project that was archived is stopped with it."""
    item = documents.unfinished(row)
    if item.project_id is None or not asked.index.is_archived(item.project_id):
        return item
    return replace(item, is_stopping=True)


async def get_work(question: GetWork, asked: Asked) -> WorkDocument | NotFound:
    row = await asked.row("get_work", id=question.execution_id)
    if row is None or row[20] is None:
        return NotFound(kind="execution", key=question.execution_id)
    execution = _unfinished(row, asked)
    declared = loads(row[23])
    return WorkDocument(
        execution=execution,
        number=row[11],
        title=row[12],
        command=row[13],
        commit=row[14],
        ref=documents.ref(row[15]),
        started_by=row[16],
        starter_handle=_handle(row[16], asked),
        submitted_at=row[17],
        started_at=row[18],
        tier=None if row[19] is None else decode(Tier, row[19]),
        revision=RevisionWork(
            revision_id=execution.revision_id,
            environment_id=execution.environment_id,
            build_id=row[20],
            status=row[21],
            message=row[22],
            declared=declared,
            variables=await variables_of(declared, row[24], asked),
            image=row[25],
        ),
        project=await _project(execution.project_id, row[26:31], asked),
    )


async def _project(project_id: str | None, row: Row, asked: Asked) -> ProjectWork | None:
    if project_id is None or row[0] is None:
        return None
    handle, name, account_id, repository, results = row
    linked: dict[str, Any] | None = None if repository is None else loads(repository)
    return ProjectWork(
        id=project_id,
        handle=handle,
        name=name,
        owner_handle=_handle(account_id, asked),
        repository=None if linked is None else linked["uri"],
        repository_ref=None
        if linked is None
        else GitRef(kind=_REF_KINDS[linked["ref_kind"]], value=linked["ref"] or ""),
        results=results,
        credential=None if linked is None else await login_of(linked["credential_id"], asked),
    )


def _handle(principal_id: str, asked: Asked) -> str:
    principal = asked.index.principals.get(principal_id)
    return principal.handle or "" if principal is not None else ""
