"""Outpost's `{namespace}`: a project's handle, and what the caller may do there.

The order of refusals is the surface's promise: 401, then the namespace (404 where nobody has it,
403 where the caller is no member), then whether this machine may run the caller's code."""

from services.gateway.call import Call
from services.gateway.refusals import CommandRejected
from shared.domain.rejections import Forbidden, NotFound
from shared.queries.identity import GetProject, ProjectDocument


async def namespace_of(call: Call, namespace: str, *, may: str | None = None) -> ProjectDocument:
    project = await _project(call, namespace)
    if project.handle != namespace:
        # The question also takes ids; in a path of Outpost's only a handle is a name.
        raise CommandRejected(NotFound(kind="project", key=namespace))
    if may is not None and may not in project.may:
        raise CommandRejected(Forbidden(action=may, resource=f"project:{project.id}"))
    return project


async def _project(call: Call, namespace: str) -> ProjectDocument:
    parts, key = call.parts, (call.signed_in.principal_id, namespace)
    generation = parts.authenticator.generation
    kept = parts.scopes.find(key, generation=generation, now=parts.clock.monotonic())
    if kept is not None:
        return kept
    project = await call.find(GetProject(key=namespace), ProjectDocument)
    parts.scopes.keep(key, project, generation=generation, now=parts.clock.monotonic())
    return project
