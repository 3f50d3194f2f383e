"""Jobs in this surface's spelling. Pure."""

from services.gateway.surfaces.ops.resources.jobs import wire
from shared.queries.executions import JobDocument, JobLogs


def from_job(job: JobDocument) -> wire.Job:
    return wire.Job(
        id=job.id,
        project_id=job.project_id,
        number=job.number,
        title=job.title,
        command=job.command,
        hardware_tier=job.tier_id,
        environment_id=job.environment_id,
        revision_id=job.revision_id,
        commit=job.commit,
        stage=job.stage,
        outcome=job.outcome,
        reason=job.reason,
        message=job.message,
        code=job.code,
        signal=job.signal,
        is_stopping=job.is_stopping,
        is_archived=job.is_archived,
        submitted_at=job.submitted_at,
        started_at=job.started_at,
        ended_at=job.ended_at,
        output_commit=job.output_commit,
        branch=job.branch,
        node=job.node,
    )


def from_logs(logs: JobLogs) -> wire.Lines:
    return wire.Lines(
        lines=[
            wire.Line(nano=str(line.nano), stream=line.stream, message=line.message)
            for line in logs.items
        ],
        is_complete=logs.is_complete,
        problem=logs.problem,
    )
