"""Rows of executions as documents."""

from typing import Any

from services.query.asked import Asked, Row
from shared.domain.execution.commands import GitRef
from shared.envelope.codec import decode
from shared.kernel.json import loads
from shared.kernel.time import parse_rfc3339
from shared.queries.executions import JobDocument, QueueDocument, TagDocument, Unfinished

ACTIONS = ("job.read", "job.start", "job.write")


def job(row: Row, asked: Asked) -> JobDocument:
    """Without the queue and without the use of one that runs: these are asked for one job."""
    return JobDocument(
        id=row[0],
        project_id=row[1],
        number=row[2],
        title=row[3],
        command=row[4],
        tier_id=row[5],
        environment_id=row[6],
        revision_id=row[7],
        commit=row[8],
        ref=ref(row[9]),
        started_by=row[10],
        details=loads(row[11]),
        stage=row[12],
        outcome=row[13],
        submitted_at=row[14],
        started_at=row[15],
        ended_at=row[16],
        reason=row[17],
        message=row[18],
        code=row[19],
        signal=row[20],
        cpu_percent=row[21],
        memory_bytes=row[22],
        output_commit=row[23],
        branch=row[24],
        stats=tuple(sorted(loads(row[25]).items())),
        tags=tuple(_tag(each) for each in loads(row[26])),
        goals=tuple(loads(row[27])),
        is_stopping=row[28],
        is_archived=row[29],
        node=row[30],
        queue=None,
        may=tuple(action for action in ACTIONS if asked.may(action, row[1])),
    )


def queue(row: Row) -> QueueDocument:
    return QueueDocument(
        ahead=row[0],
        running=row[1],
        limit=row[2],
        seconds=row[3],
        waits_for_build=row[4],
    )


def unfinished(row: Row) -> Unfinished:
    return Unfinished(
        id=row[0],
        kind=row[1],
        account_id=row[2],
        project_id=row[3],
        tier_id=row[4],
        environment_id=row[5],
        revision_id=row[6],
        stage=row[7],
        is_stopping=row[8],
        keeps_results=row[9],
        requested_from=row[10],
        node=row[-1],
    )


def ref(text: str | None) -> GitRef | None:
    return None if text is None else decode(GitRef, text)


def _tag(tag: dict[str, Any]) -> TagDocument:
    at = parse_rfc3339(tag["created_at"])
    if at is None:
        raise ValueError("a tag without the time it was added")
    return TagDocument(id=tag["id"], name=tag["name"], creator_id=tag["creator_id"], created_at=at)
