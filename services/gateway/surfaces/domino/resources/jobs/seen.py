"""The job in a path: as a write finds it now, as a read asks for it, as a write has left it."""

from services.gateway.call import Call
from services.gateway.surfaces.domino.auth import demand, id_of
from shared.queries.executions import GetJob, JobDocument


async def job_of(call: Call, job_id: str, *, may: str) -> JobDocument:
    """For a write: 404 where it is absent or out of sight, 403 where the caller lacks that action
    in its project."""
    found = await call.find(GetJob(job_id=id_of(call, "job", job_id)), JobDocument)
    demand(may, found.may, f"project:{found.project_id}")
    return found


async def shown_job(call: Call, job_id: str, *, after: int | None = None) -> JobDocument:
    return await call.ask(GetJob(job_id=id_of(call, "job", job_id)), JobDocument, after=after)
