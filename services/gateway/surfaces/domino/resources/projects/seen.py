"""The project in a path: as a write finds it now, as a read asks for it, as a write has left it."""

from services.gateway.call import Call
from services.gateway.surfaces.domino.auth import demand, id_of
from shared.queries.domino import DominoProject, GetDominoProject


async def project_of(call: Call, project_id: str, *, may: str) -> DominoProject:
    """For a write: 404 where it is absent, archived or out of sight, 403 where the caller lacks
    that action in it."""
    question = GetDominoProject(project_id=id_of(call, "project", project_id))
    found = await call.find(question, DominoProject)
    demand(may, found.may, f"project:{found.id}")
    return found


async def shown_project(call: Call, project_id: str, *, after: int | None = None) -> DominoProject:
    question = GetDominoProject(project_id=id_of(call, "project", project_id))
    return await call.ask(question, DominoProject, after=after)
