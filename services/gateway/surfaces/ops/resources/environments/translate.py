"""Into our words: the revision of an environment that a service names from now on."""

from services.gateway.refusals import BadFields, Refused
from services.gateway.surfaces.ops.resources.environments import wire
from shared.domain.service.commands import ReviseWorkload
from shared.domain.service.workload import EnvironmentPin
from shared.queries.environments import EnvironmentDocument
from shared.queries.services import ServiceDocument


def pin_of(body: wire.ChosenEnvironment, document: EnvironmentDocument) -> EnvironmentPin:
    """`document` shows the revision that was asked for as its latest."""
    if document.is_archived:
        raise Refused(BadFields(problems=(("environment", "is archived"),)))
    if body.revision is None:
        if document.active is None:
            problem = ("environment", "has no revision that was built")
            raise Refused(BadFields(problems=(problem,)))
        return EnvironmentPin(environment_id=document.id, revision_id=document.active.id)
    found = document.latest
    if found is None or found.id != body.revision:
        raise Refused(BadFields(problems=(("revision", "is none of this environment"),)))
    if found.status != "succeeded":
        raise Refused(BadFields(problems=(("revision", f"is not built: {found.status}"),)))
    return EnvironmentPin(environment_id=document.id, revision_id=found.id)


def to_revise(
    service: ServiceDocument, pin: EnvironmentPin | None, *, deployment_id: str
) -> ReviseWorkload:
    return ReviseWorkload(
        service_id=service.id,
        project_id=service.project_id,
        deployment_id=deployment_id,
        environment=pin,
    )
