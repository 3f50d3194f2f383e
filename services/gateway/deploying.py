"""Who may bring code to run: only the admin where a machine cannot fence it in; what ran before."""

from services.gateway.call import Call
from services.gateway.refusals import CommandRejected, NotAllowed, Refused
from shared.domain.rejections import Conflicting
from shared.queries.services import (
    DeploymentDocument,
    DeploymentPage,
    ListDeployments,
    ServiceDocument,
)

NOT_ISOLATED = "This machine cannot isolate tenant code; only its admin may deploy."
# How far back a stable deployment is looked for.
DEPLOYMENTS_MAX = 100


async def check_may_deploy(call: Call) -> None:
    """Whoever brings code to run needs a machine that can fence it in, or to own the machine."""
    if not call.signed_in.is_installation_admin and not await call.parts.stack.isolates():
        raise Refused(NotAllowed(message=NOT_ISOLATED))


async def stable(call: Call, service: ServiceDocument, deployment_id: str) -> DeploymentDocument:
    """That deployment of the service, where it succeeded and has a commit."""
    question = ListDeployments(service_id=service.id, per_page=DEPLOYMENTS_MAX)
    page = await call.find(question, DeploymentPage)
    found = next((one for one in page.items if one.id == deployment_id), None)
    if found is None or found.status != "succeeded" or found.commit is None:
        message = "It is none of the service's last deployments of a commit that succeeded."
        raise CommandRejected(Conflicting(state="no_stable_deployment", message=message))
    return found


async def stable_before(call: Call, service: ServiceDocument) -> DeploymentDocument:
    """The newest deployment that succeeded with another commit than the one that serves."""
    question = ListDeployments(service_id=service.id, per_page=DEPLOYMENTS_MAX)
    page = await call.find(question, DeploymentPage)
    serving = service.serving
    for one in page.items:
        if serving is None or one.number >= serving.number or one.status != "succeeded":
            continue
        if one.commit is not None and one.commit != serving.commit:
            return one
    message = "No earlier deployment of another commit succeeded."
    raise CommandRejected(Conflicting(state="no_stable_deployment", message=message))
