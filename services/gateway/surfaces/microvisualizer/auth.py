"""The project in a path, and what the caller may do there. What is out of sight is not there."""

from services.gateway.call import Call
from services.gateway.refusals import CommandRejected
from services.gateway.surfaces.microvisualizer.reading import ask
from shared.domain.rejections import Forbidden
from shared.queries.identity import GetPrincipal, PrincipalDocument
from shared.queries.microvisualizer import GetProjectCard, ProjectCard


async def project_of(call: Call, project_id: str, *, may: str | None = None) -> ProjectCard:
    """As it is now, for a write. 401, then 404, then 403."""
    _ = call.signed_in
    card = await call.find(GetProjectCard(key=project_id), ProjectCard)
    if may is not None and may not in card.may:
        raise CommandRejected(Forbidden(action=may, resource=f"project:{card.id}"))
    return card


async def shown_project(call: Call, project_id: str) -> ProjectCard:
    """At the moment that a read asks for."""
    return await ask(call, GetProjectCard(key=project_id), ProjectCard)


async def account_of(call: Call) -> str:
    """Whose a new project is: the caller's own account, a service account's employer."""
    caller = call.signed_in
    if caller.kind == "user":
        return caller.principal_id
    principal = await call.find(GetPrincipal(key=caller.principal_id), PrincipalDocument)
    return principal.account_id
