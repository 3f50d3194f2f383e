"""Jobs: started and read. What people add to them (tags, goals) is in marks.py."""

from typing import Any

from litestar import Request
from litestar.params import FromPath

from services.gateway.call import Call, call_of
from services.gateway.deploying import check_may_deploy
from services.gateway.moments import NOW, Moment
from services.gateway.operation import operation
from services.gateway.surfaces.domino.auth import id_of
from services.gateway.surfaces.domino.envelope import (
    Enveloped,
    enveloped,
    metadata,
    page_metadata,
)
from services.gateway.surfaces.domino.reading import body_of, page_of, peeked, query_after
from services.gateway.surfaces.domino.resources.jobs import marks, translate, wire
from services.gateway.surfaces.domino.resources.jobs.seen import shown_job
from services.gateway.surfaces.domino.resources.projects.seen import project_of, shown_project
from services.gateway.surfaces.domino.statuses import READ, WRITE
from shared.queries.environments import EnvironmentDocument, GetEnvironment
from shared.queries.executions import GetJobLogs, JobDocument, JobLogLine, JobLogs, JobPage
from shared.queries.hardware_tiers import GetHardwareTier, HardwareTierDocument

AnyRequest = Request[Any, Any, Any]


async def get_jobs(request: AnyRequest) -> Enveloped[wire.JobPage]:
    call = call_of(request)
    query = await query_after(call, wire.JobsQuery, lambda: _of_jobs(call))
    question = translate.to_list(query, id_of(call, "project", query.projectId))
    found, total = await page_of(call, question, JobPage)
    jobs = [translate.from_job(job) for job in found]
    return enveloped(call, wire.JobPage(jobs=jobs, metadata=page_metadata(call, query, total)))


async def _of_jobs(call: Call) -> None:
    if (named := peeked(call, "projectId")) is not None:
        await shown_project(call, named)


async def start_job(request: AnyRequest) -> Enveloped[wire.JobEnvelope]:
    call = call_of(request)
    named = peeked(call, "projectId")
    project = None if named is None else await project_of(call, named, may="job.start")
    body = body_of(call, wire.NewJob)
    if project is None:
        raise AssertionError("a body that is read names its project")
    await check_may_deploy(call)
    environment = await call.find(
        GetEnvironment(
            environment_id=None
            if body.environmentId is None
            else id_of(call, "environment", body.environmentId)
        ),
        EnvironmentDocument,
    )
    tier = await call.find(GetHardwareTier(tier_id=body.hardwareTier), HardwareTierDocument)
    accepted = await call.command(
        translate.to_start(
            body,
            job_id=call.parts.ids.new(),
            tier_id=tier.id,
            environment_id=environment.id,
            revision_id=translate.revision_of(
                environment, body.environmentRevisionSpec, is_restricted=project.is_restricted
            ),
            started_by=call.signed_in.principal_id,
        )
    )
    return _enveloped(call, await shown_job(call, accepted.subject_id, after=accepted.position))


async def get_job(jobId: FromPath[str], request: AnyRequest) -> Enveloped[wire.JobEnvelope]:
    call = call_of(request)
    return _enveloped(call, await shown_job(call, jobId))


def _enveloped(call: Call, job: JobDocument) -> Enveloped[wire.JobEnvelope]:
    shown = translate.from_details(job)
    return enveloped(call, wire.JobEnvelope(job=shown, metadata=metadata(call)))


async def get_logs(jobId: FromPath[str], request: AnyRequest) -> Enveloped[wire.LogsEnvelope]:
    call = call_of(request)
    job_id = id_of(call, "job", jobId)
    query = await query_after(call, wire.LogsQuery, lambda: shown_job(call, job_id))
    after = query.latestTimeNano or 0
    lines, last = await _lines(call, job_id, query, after)
    newest = lines[-1].nano if lines else after
    shown = wire.Logs(
        logContent=[translate.from_line(line) for line in lines],
        isComplete=last.is_complete,
        problem=last.problem or None,
    )
    pagination = wire.LogsPagination(
        limit=query.limit, latestTimeNano=str(newest) if newest else None
    )
    told = metadata(call)
    return enveloped(
        call,
        wire.LogsEnvelope(
            logs=shown,
            metadata=wire.LogsMetadata(
                requestId=told.requestId, notices=told.notices, pagination=pagination
            ),
        ),
    )


async def _lines(
    call: Call, job_id: str, query: wire.LogsQuery, after: int
) -> tuple[list[JobLogLine], JobLogs]:
    """Message after message, all of one moment."""
    lines: list[JobLogLine] = []
    moment = call.moment
    while True:
        question = GetJobLogs(
            execution_id=job_id,
            kind=translate.stream_of(query.logType),
            limit=query.limit - len(lines),
            after_nano=lines[-1].nano if lines else after,
        )
        answer = await call.answer(question, JobLogs, moment=moment)
        page: JobLogs = answer.document
        lines += page.items
        if not page.items or len(lines) >= query.limit:
            return lines, page
        moment = call.moment if call.moment == NOW else Moment(position=answer.position)


_TAG = "Jobs"
_BETA = "/api/jobs/beta/jobs"

HANDLERS = (
    *operation(
        "GET",
        _BETA,
        get_jobs,
        summary="Get the jobs of a project",
        tag=_TAG,
        query=wire.JobsQuery,
        refusals=READ,
        operation_id="getJobs",
    ),
    *operation(
        "POST",
        "/api/jobs/v1/jobs",
        start_job,
        summary="Start a job",
        tag=_TAG,
        body=wire.NewJob,
        refusals=WRITE,
        operation_id="startJob",
    ),
    *operation(
        "GET",
        f"{_BETA}/{{jobId:str}}",
        get_job,
        summary="Get a job",
        tag=_TAG,
        refusals=READ,
        operation_id="getJobDetails",
    ),
    *operation(
        "GET",
        f"{_BETA}/{{jobId:str}}/logs",
        get_logs,
        summary="Get the log of a job",
        tag=_TAG,
        query=wire.LogsQuery,
        refusals=READ,
        operation_id="getJobLogs",
    ),
    *marks.HANDLERS,
)
