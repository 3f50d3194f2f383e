"""A project's jobs and limits: what ran and runs, each with its times and lines, and the quota."""

from dataclasses import dataclass

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from services.gateway.console.page import form, page, redirect, rendered
from services.gateway.console.pages.listing import PER_PAGE, page_of, pages_of
from services.gateway.console.visit import Visit
from services.gateway.console.writing import CONFLICT, barred, done, whole
from shared.domain.execution.commands import StopExecution
from shared.domain.quota.commands import SetQuota
from shared.domain.quotas import Quota
from shared.queries.executions import GetJob, GetJobLogs, JobDocument, JobLogs, JobPage, ListJobs
from shared.queries.identity import GetProject, ProjectDocument
from shared.queries.quotas import GetQuota, QuotaDocument

LINES = 500
LIMITS = {
    "services": "Services",
    "replicas": "Replicas",
    "cpu": "vCPU",
    "memory_gb": "Memory, GB",
    "gpus": "GPUs",
}


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
    return await _job_page(visit)


async def _job_page(visit: Visit, *, status: int = 200) -> Response[bytes]:
    project, found = await _job(visit)
    if project is None or found is None:
        return rendered(visit, "missing.html", status=404, what="job", name=visit.path["job"])
    logs = await visit.find(GetJobLogs(execution_id=found.id, limit=LINES), JobLogs)
    return rendered(
        visit,
        "job.html",
        status=status,
        project=project,
        job=found,
        logs=logs,
        most=LINES,
        barred=barred(visit, "job.start", project.may, project.handle),
    )


async def _job(visit: Visit) -> tuple[ProjectDocument | None, JobDocument | None]:
    project = await _project(visit)
    found = await visit.find(GetJob(job_id=visit.path["job"]), JobDocument)
    if project is None or found is None or found.project_id != project.id:
        return project, None
    return project, found


async def stop(visit: Visit, fields: dict[str, str]) -> Response[bytes]:
    project, found = await _job(visit)
    if project is None or found is None:
        return rendered(visit, "missing.html", status=404, what="job", name=visit.path["job"])

    async def act() -> None:
        command = StopExecution(
            execution_id=found.id,
            project_id=found.project_id,
            keeps_results=fields.get("keep") == "yes",
        )
        accepted = await visit.call.command(command)
        await visit.call.ask(GetJob(job_id=found.id), JobDocument, after=accepted.position)

    if await done(visit, fields, act):
        return redirect(visit.url(f"/console/p/{project.handle}/jobs/{found.id}"))
    return await _job_page(visit, status=CONFLICT)


async def limits(visit: Visit) -> Response[bytes]:
    return await _limits_page(visit)


async def _limits_page(visit: Visit, typed_in: dict[str, str] | None = None) -> Response[bytes]:
    project = await _project(visit)
    if project is None:
        return rendered(
            visit, "missing.html", status=404, what="project", name=visit.path["handle"]
        )
    found = await visit.ask(GetQuota(project_id=project.id), QuotaDocument)
    mine = ("quota.write",) if visit.caller.is_installation_admin else ()
    return rendered(
        visit,
        "limits.html",
        status=200 if typed_in is None else CONFLICT,
        project=project,
        rows=_rows(found, found.quota),
        barred=barred(visit, "quota.write", mine, "the whole installation"),
        typed_in=typed_in or {},
    )


async def set_limits(visit: Visit, fields: dict[str, str]) -> Response[bytes]:
    """All of them: one that is left empty is none from then on."""
    project = await _project(visit)
    if project is None:
        return await _limits_page(visit)
    given = {
        name: whole(visit, fields, name) if fields.get(name, "").strip() else None
        for name in LIMITS
    }
    if visit.problems:
        return await _limits_page(visit, fields)

    async def act() -> None:
        command = SetQuota(project_id=project.id, quota=Quota(**given))
        accepted = await visit.call.command(command)
        question = GetQuota(project_id=project.id)
        await visit.call.ask(question, QuotaDocument, after=accepted.position)

    if await done(visit, fields, act):
        return redirect(visit.url(f"/console/p/{project.handle}/limits"))
    return await _limits_page(visit, fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    name: str
    word: str
    used: int
    limit: int | None


def _rows(found: QuotaDocument, quota: Quota) -> tuple[Limit, ...]:
    return tuple(
        Limit(
            name=name,
            word=word,
            used=found.services if name == "services" else getattr(found.used, name),
            limit=getattr(quota, name),
        )
        for name, word in LIMITS.items()
    )


_ONE = "/console/p/{handle:str}"

HANDLERS: tuple[HTTPRouteHandler, ...] = (
    page(f"{_ONE}/jobs", jobs),
    page(f"{_ONE}/jobs/{{job:str}}", job),
    form(f"{_ONE}/jobs/{{job:str}}/stop", stop),
    page(f"{_ONE}/limits", limits),
    form(f"{_ONE}/limits", set_limits),
)
