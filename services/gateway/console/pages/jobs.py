"""A project's jobs and limits: what ran and runs, each with its times and lines, and the quota."""

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from services.gateway.console.page import page, rendered
from services.gateway.console.pages.listing import PER_PAGE, page_of, pages_of
from services.gateway.console.visit import Visit
from shared.domain.quotas import Quota
from shared.queries.executions import GetJob, GetJobLogs, JobDocument, JobLogs, JobPage, ListJobs
from shared.queries.identity import GetProject, ProjectDocument
from shared.queries.quotas import GetQuota, QuotaDocument

LINES = 500


async def _project(visit: Visit) -> ProjectDocument | None:
    handle = visit.path["handle"]
    found = await visit.find(GetProject(key=handle), ProjectDocument, now=True)
    return found if found is not None and found.handle == handle else None


async def jobs(visit: Visit) -> Response[bytes]:
    found = await _project(visit)
    if found is None:
        return rendered(
            visit, "missing.html", status=404, what="project", name=visit.path["handle"]
        )
    number = page_of(visit)
    question = ListJobs(project_id=found.id, offset=(number - 1) * PER_PAGE, limit=PER_PAGE)
    listed = await visit.ask(question, JobPage)
    return rendered(
        visit,
        "jobs.html",
        project=found,
        found=listed,
        pages=pages_of(visit, number, len(listed.items), listed.total),
    )


async def job(visit: Visit) -> Response[bytes]:
    project, id_ = await _project(visit), visit.path["job"]
    found = await visit.find(GetJob(job_id=id_), JobDocument)
    if project is None or found is None or found.project_id != project.id:
        return rendered(visit, "missing.html", status=404, what="job", name=id_)
    logs = await visit.find(GetJobLogs(execution_id=found.id, limit=LINES), JobLogs)
    return rendered(visit, "job.html", project=project, job=found, logs=logs, most=LINES)


async def limits(visit: Visit) -> Response[bytes]:
    project = await _project(visit)
    if project is None:
        return rendered(
            visit, "missing.html", status=404, what="project", name=visit.path["handle"]
        )
    found = await visit.ask(GetQuota(project_id=project.id), QuotaDocument)
    return rendered(visit, "limits.html", project=project, rows=_rows(found, found.quota))


def _rows(found: QuotaDocument, quota: Quota) -> tuple[tuple[str, object, int | None], ...]:
    return (
        ("services", found.services, quota.services),
        ("replicas", found.used.replicas, quota.replicas),
        ("vCPU", found.used.cpu, quota.cpu),
        ("memory, GB", found.used.memory_gb, quota.memory_gb),
        ("GPUs", found.used.gpus, quota.gpus),
    )


_ONE = "/console/p/{handle:str}"

HANDLERS: tuple[HTTPRouteHandler, ...] = (
    page(f"{_ONE}/jobs", jobs),
    page(f"{_ONE}/jobs/{{job:str}}", job),
    page(f"{_ONE}/limits", limits),
)
