"""Jobs listed, read, stopped and archived, and the lines of a job or of an environment's build."""

from typing import Any, TypeVar

from litestar import Request
from litestar.params import FromPath
from pydantic import BaseModel

from services.gateway.answer import Answer, answered
from services.gateway.call import Call, call_of
from services.gateway.operation import operation
from services.gateway.parameters import read_body, read_json, read_query
from services.gateway.surfaces.ops.find import project_id_of
from services.gateway.surfaces.ops.paging import checked, pagination
from services.gateway.surfaces.ops.resources.jobs import translate, wire
from services.gateway.surfaces.ops.statuses import READ, WRITE
from shared.domain.execution.commands import ArchiveExecution, StopExecution
from shared.queries.executions import (
    GetJob,
    GetJobLogs,
    JobDocument,
    JobLogs,
    JobPage,
    ListJobs,
)

AnyRequest = Request[Any, Any, Any]
M = TypeVar("M", bound=BaseModel)


async def list_jobs(project: FromPath[str], request: AnyRequest) -> Answer[wire.JobList]:
    call = call_of(request)
    _ = call.signed_in
    query = read_query(call.parameters(), wire.JobsQuery)
    checked(query)
    question = ListJobs(
        project_id=await project_id_of(call, project),
        offset=(query.page - 1) * query.per_page,
        limit=query.per_page,
        with_archived=query.archived,
        status=query.status or "all",
    )
    page = await call.ask(question, JobPage)
    return answered(
        wire.JobList(
            data=[translate.from_job(one) for one in page.items],
            pagination=pagination(query, page.total),
        )
    )


async def get_job(job: FromPath[str], request: AnyRequest) -> Answer[wire.Job]:
    call = call_of(request)
    _ = call.signed_in
    return answered(translate.from_job(await call.ask(GetJob(job_id=job), JobDocument)))


async def stop_job(job: FromPath[str], request: AnyRequest) -> Answer[wire.Job]:
    call = call_of(request)
    body = _body(call, wire.StopJob)
    found = await call.find(GetJob(job_id=job), JobDocument)
    accepted = await call.command(
        StopExecution(
            execution_id=found.id, project_id=found.project_id, keeps_results=body.keep_results
        )
    )
    return await _written(call, found.id, accepted.position)


async def archive_job(job: FromPath[str], request: AnyRequest) -> Answer[wire.Job]:
    call = call_of(request)
    body = _body(call, wire.ArchiveJob)
    found = await call.find(GetJob(job_id=job), JobDocument)
    accepted = await call.command(
        ArchiveExecution(
            execution_id=found.id, project_id=found.project_id, is_archived=body.archived
        )
    )
    return await _written(call, found.id, accepted.position)


async def get_lines(execution: FromPath[str], request: AnyRequest) -> Answer[wire.Lines]:
    call = call_of(request)
    _ = call.signed_in
    query = read_query(call.parameters(), wire.LinesQuery)
    question = GetJobLogs(execution_id=execution, limit=query.limit, after_nano=int(query.after))
    return answered(translate.from_logs(await call.ask(question, JobLogs)))


def _body(call: Call, model: type[M]) -> M:
    """An empty body means the defaults."""
    _ = call.signed_in
    call.fingerprinted = read_json(call.body) if call.body else {}
    return read_body(call.fingerprinted, model)


async def _written(call: Call, job_id: str, position: int) -> Answer[wire.Job]:
    written = await call.ask(GetJob(job_id=job_id), JobDocument, after=position)
    return answered(translate.from_job(written))


_TAG = "Jobs"
_ONE = "/ops/v1/jobs/{job:str}"

HANDLERS = (
    *operation(
        "GET",
        "/ops/v1/projects/{project:str}/jobs",
        list_jobs,
        summary="List the jobs of a project, newest first",
        tag=_TAG,
        query=wire.JobsQuery,
        refusals=READ,
    ),
    *operation("GET", _ONE, get_job, summary="Get a job", tag=_TAG, refusals=READ),
    *operation(
        "POST",
        f"{_ONE}/stop",
        stop_job,
        summary="Stop a job",
        tag=_TAG,
        body=wire.StopJob,
        refusals=WRITE,
    ),
    *operation(
        "POST",
        f"{_ONE}/archive",
        archive_job,
        summary="Archive a job, or bring it back",
        tag=_TAG,
        body=wire.ArchiveJob,
        refusals=WRITE,
    ),
    *operation(
        "GET",
        "/ops/v1/executions/{execution:str}/lines",
        get_lines,
        summary="Read the lines of a job, or of a build",
        tag=_TAG,
        query=wire.LinesQuery,
        refusals=READ,
    ),
)
