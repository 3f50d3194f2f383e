"""A service at a moment: its fields with who set them, its replicas, its rollouts."""

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from services.gateway.console.fields import groups_of
from services.gateway.console.page import page, rendered
from services.gateway.console.pages.one_service import OneService, one_service
from services.gateway.console.pages.rollout import Rollout, last_by_person, rollout_of
from services.gateway.console.visit import Visit, together
from shared.queries.audit import BlameDocument, GetBlame
from shared.queries.services import DeploymentPage, ListDeployments, ListReplicas, ReplicaList

DEPLOYMENTS = 5


async def service(visit: Visit) -> Response[bytes]:
    one = await one_service(visit)
    if one is None:
        return missing(visit)
    if one.then is None:
        return rendered(visit, "service_absent.html", one=one, tab="state")
    blame = GetBlame(kind="service", id=one.id)
    lines, today, replicas, deployments = await together(
        visit.ask(blame, BlameDocument),
        _today(visit, one, blame),
        visit.ask(ListReplicas(service_id=one.id, include_stopped=True), ReplicaList),
        visit.ask(ListDeployments(service_id=one.id, per_page=DEPLOYMENTS), DeploymentPage),
    )
    return rendered(
        visit,
        "service.html",
        one=one,
        tab="state",
        groups=groups_of(lines.lines, None if today is None else today.lines),
        replicas=[each for each in replicas.items if each.state != "stopped"],
        numbers={each.id: each.number for each in deployments.items},
        deployments=deployments,
        rollout=await _rollout(visit, one, replicas, deployments),
        last=last_by_person(one.events, visit.position),
    )


async def _rollout(
    visit: Visit, one: OneService, replicas: ReplicaList, deployments: DeploymentPage
) -> Rollout | None:
    """The newest, while it goes on and where it failed: a success is one line of the list."""
    if not deployments.items or deployments.items[0].status == "succeeded":
        return None
    return await rollout_of(visit, one, replicas.items, deployments.items[0])


async def _today(visit: Visit, one: OneService, blame: GetBlame) -> BlameDocument | None:
    """To compare with; a service that is gone by now differs in everything, and is said to."""
    if not visit.is_then or one.today is None:
        return None
    return await visit.find(blame, BlameDocument, now=True)


def missing(visit: Visit) -> Response[bytes]:
    name = visit.path["service"].rpartition("~")[0] or visit.path["service"]
    return rendered(visit, "missing.html", status=404, what="service", name=name)


HANDLERS: tuple[HTTPRouteHandler, ...] = (page("/console/p/{handle:str}/s/{service:str}", service),)
