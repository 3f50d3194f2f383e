"""Answers about jobs to people who may see their project's; of builds only the lines."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.query.asked import Asked, Row
from services.query.paging import page_of
from services.query.view import View
from services.query.views.executions import documents
from services.query.views.executions.projection import project
from services.query.views.executions.work import get_work, list_unfinished
from shared.domain.rejections import Forbidden, NotFound
from shared.queries.executions import (
    GetJob,
    GetJobLogs,
    GetWork,
    JobDocument,
    JobGoal,
    JobGoals,
    JobLogLine,
    JobLogs,
    JobPage,
    ListJobGoals,
    ListJobs,
    ListUnfinished,
)

# What one message of the bus takes; who wants more asks on.
JOBS_MAX = 100
LINES_MAX = 2000
LINES_BYTES_MAX = 256 * 1024
RECENT = timedelta(seconds=45)


async def list_jobs(question: ListJobs, asked: Asked) -> JobPage | NotFound | Forbidden:
    project_id = question.project_id
    if not asked.may("project.read", project_id):
        return NotFound(kind="project", key=project_id)
    if not asked.may("job.read", project_id):
        return Forbidden(action="job.read", resource=f"project:{project_id}")
    rows = await asked.rows(
        "list_jobs",
        project_id=project_id,
        sort_by=question.sort_by,
        stat=question.stat,
        ascending=question.ascending,
        with_archived=question.with_archived,
        status=question.status,
        tag=question.tag,
        now=asked.moment.at,
        limit=min(max(question.limit, 0), JOBS_MAX),
        offset=max(question.offset, 0),
    )
    items, total = page_of(rows, lambda row: documents.job(row, asked))
    return JobPage(items=items, total=total)


async def get_job(question: GetJob, asked: Asked) -> JobDocument | NotFound:
    row = await asked.row("get_job", id=question.job_id)
    if row is None or not asked.may("job.read", row[1]):
        return NotFound(kind="job", key=question.job_id)
    job = documents.job(row, asked)
    if job.outcome is not None:
        return job
    if job.stage == "queued":
        queue = await asked.row("get_queue", id=job.id)
        return job if queue is None else replace(job, queue=documents.queue(queue))
    at = asked.moment.at
    use = await asked.row("get_use", id=job.id, since=at - RECENT, until=at)
    return job if use is None else replace(job, cpu_percent=use[0], memory_bytes=use[1])


async def list_goals(question: ListJobGoals, asked: Asked) -> JobGoals | NotFound:
    row = await asked.row("get_job", id=question.job_id)
    if row is None or not asked.may("job.read", row[1]):
        return NotFound(kind="job", key=question.job_id)
    rows = await asked.rows("list_goals", id=question.job_id)
    return JobGoals(
        items=tuple(
            JobGoal(
                id=each[0],
                project_id=each[1],
                title=each[2] or "",
                description=each[3],
                stage_id=each[4],
                is_complete=each[5],
            )
            for each in rows
        )
    )


async def get_logs(question: GetJobLogs, asked: Asked) -> JobLogs | NotFound:
    row = await asked.row("get_execution_sight", id=question.execution_id)
    if row is None or not _is_seen(row, asked):
        return NotFound(kind="job", key=question.execution_id)
    after = min(max(question.after_nano, 0), 1 << 62)
    # Down to the microsecond in which the cursor lies: its other lines may come after it.
    since = datetime.fromtimestamp(min(after // 1_000_000_000, 1 << 33), UTC)
    since += timedelta(microseconds=after // 1000 % 1_000_000)
    lines = await asked.rows(
        "list_lines",
        id=question.execution_id,
        since=since,
        until=asked.moment.at,
        after=after,
        stream=None if question.kind == "all" else question.kind,
        limit=min(max(question.limit, 0), LINES_MAX),
    )
    outcome, message = row[4:]
    return JobLogs(
        items=_within_a_message(lines),
        is_complete=outcome is not None,
        problem=message if outcome not in (None, "succeeded") else "",
    )


def _within_a_message(rows: list[Row]) -> tuple[JobLogLine, ...]:
    """One line at least: the longest is far shorter than a message."""
    lines: list[JobLogLine] = []
    size = 0
    for nano, stream, message in rows:
        size += len(message.encode()) + 100
        if lines and size > LINES_BYTES_MAX:
            break
        lines.append(JobLogLine(nano=nano, stream=stream, message=message))
    return tuple(lines)


def _is_seen(row: Row, asked: Asked) -> bool:
    kind, project_id, account_id, visibility = row[:4]
    if asked.is_process:
        return True
    if kind == "job":
        return asked.may("job.read", project_id)
    index, me = asked.index, asked.asker.id
    return (
        visibility == "global"
        or index.is_installation_admin(me)
        or (account_id is not None and index.may_in_account(me, "environment.read", account_id))
    )


EXECUTIONS = View(
    name="executions",
    sql=Path(__file__).parent / "sql",
    streams=("execution", "project"),
    tables=("execution", "execution_place", "execution_count"),
    project=project,
    reads=("executions", "environments", "hardware_tiers", "domino"),
    answers={
        ListJobs: list_jobs,
        GetJob: get_job,
        GetJobLogs: get_logs,
        ListJobGoals: list_goals,
        ListUnfinished: list_unfinished,
        GetWork: get_work,
    },
)
