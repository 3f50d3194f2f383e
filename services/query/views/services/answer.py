"""Answers about services, deployments and replicas, for people and for our own processes.

Another account's service is absent: the answer by a foreign id is that of an unknown id."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from services.query.asked import Asked
from services.query.paging import limits, page_of
from services.query.view import View
from services.query.views.services import documents
from services.query.views.services.certificates import (
    find_domain,
    list_certificate_heads,
    open_certificate,
)
from services.query.views.services.projection import project
from services.query.views.services.watches import list_domain_targets, list_watch_targets
from shared.access.actions import ACTIONS
from shared.domain.rejections import Forbidden, NotFound
from shared.kernel.names import slug_of
from shared.queries.certificates import FindDomain, ListCertificateHeads, OpenCertificate
from shared.queries.services import (
    DeploymentPage,
    EnvDocument,
    FacetsDocument,
    GetFacets,
    GetService,
    GetServiceById,
    GetWanted,
    IdList,
    ListAllServices,
    ListDeployments,
    ListProbeTargets,
    ListReplicas,
    ListServices,
    ListWantedIds,
    ProbeTargetList,
    ReplicaList,
    RevealEnv,
    ServiceDocument,
    ServicePage,
    WantedDocument,
)
from shared.queries.watches import ListDomainTargets, ListWatchTargets

Refusal = NotFound | Forbidden

_ON_SERVICES = tuple(sorted(action for action in ACTIONS if action.startswith("service.")))


async def get_service(question: GetService, asked: Asked) -> ServiceDocument | Refusal:
    live = asked.index.project_of_handle(question.project)
    if live is None:
        return NotFound(kind="project", key=question.project)
    row = await asked.row("get_service", project_id=live.id, slug=slug_of(question.name))
    service_id = None if row is None else str(row[0])
    project = asked.project_of(question.project, "service.read", service_id)
    if isinstance(project, Refusal):
        return project
    if row is None:
        return NotFound(kind="service", key=question.name)
    return _shown(row, asked)


async def get_service_by_id(question: GetServiceById, asked: Asked) -> ServiceDocument | Refusal:
    return await _visible(question.service_id, asked)


async def get_facets(question: GetFacets, asked: Asked) -> FacetsDocument | NotFound:
    row = await asked.row("get_facets", service_id=question.service_id)
    if row is None or not asked.may("service.read", row[1], question.service_id):
        return NotFound(kind="service", key=question.service_id)
    return documents.facets(row)


async def list_services(question: ListServices, asked: Asked) -> ServicePage | Refusal:
    project = asked.project(question.project, "service.read")
    if isinstance(project, NotFound):
        return project
    if isinstance(project, Forbidden):
        granted = await _granted_in(question.project, asked)
        return await _some(question, asked, granted, workloads=True) if granted else project
    rows = await asked.rows(
        "list_services" if asked.moment.is_now else "list_services_then",
        project_id=project.id,
        status=question.status,
        **limits(question.page, question.per_page),
    )
    items, total = page_of(rows, lambda row: documents.service(row, asked.index))
    return ServicePage(items=items, total=total)


async def list_all_services(question: ListAllServices, asked: Asked) -> ServicePage | Refusal:
    if question.project is not None:
        project = asked.project(question.project, "service.read")
        if isinstance(project, NotFound):
            return project
        if isinstance(project, Forbidden):
            granted = await _granted_in(question.project, asked)
            return await _some(question, asked, granted) if granted else project
        visible: frozenset[str] | None = frozenset({project.id})
    else:
        visible = asked.index.visible_projects(asked.asker.id)
        granted = asked.granted("service.read")
        if visible is not None and granted:
            return await _some(question, asked, granted, visible)
    rows = await asked.rows(
        "list_all_services",
        project_ids=None if visible is None else sorted(visible),
        status=question.status,
        **limits(question.page, question.per_page),
    )
    items, total = page_of(rows, lambda row: documents.service(row, asked.index))
    return ServicePage(items=items, total=total)


async def list_replicas(question: ListReplicas, asked: Asked) -> ReplicaList | Refusal:
    service = await _visible(question.service_id, asked)
    if isinstance(service, Refusal):
        return service
    name = "list_all_replicas" if question.include_stopped else "list_running_replicas"
    rows = await asked.rows(name, service_id=service.id)
    return ReplicaList(items=tuple(documents.replica(row) for row in rows))


async def list_deployments(question: ListDeployments, asked: Asked) -> DeploymentPage | Refusal:
    service = await _visible(question.service_id, asked)
    if isinstance(service, Refusal):
        return service
    rows = await asked.rows(
        "list_deployments",
        service_id=service.id,
        **limits(question.page, question.per_page),
    )
    items, total = page_of(rows, documents.deployment)
    return DeploymentPage(items=items, total=total)


async def reveal_env(question: RevealEnv, asked: Asked) -> EnvDocument | Refusal:
    service = await _visible(question.service_id, asked)
    if isinstance(service, Refusal):
        return service
    if not asked.may("service.env", service.project_id, service.id):
        return Forbidden(action="service.env", resource=f"project:{service.project_handle}")
    env = service.workload.env if service.workload is not None else ()
    opened = await asked.secrets.open(service.account_id, [secret_id for _, secret_id in env])
    values = [(name, opened[secret_id]) for name, secret_id in env]
    return EnvDocument(
        variables=tuple((name, value) for name, value in values if value is not None),
        erased=tuple(name for name, value in values if value is None),
    )


async def get_wanted(question: GetWanted, asked: Asked) -> WantedDocument | NotFound:
    row = await asked.row("get_wanted", service_id=question.service_id)
    if row is None:
        return NotFound(kind="service", key=question.service_id)
    removed, force = row[:2]
    service = documents.service(row[2:], asked.index)
    replicas = await asked.rows("list_running_replicas", service_id=question.service_id)
    rests = await asked.row("is_left_to_rest", service_id=question.service_id)
    return WantedDocument(
        service_id=service.id,
        service=None if removed or (rests is not None and rests[0]) else service,
        removed=removed,
        force=force,
        project_id=service.project_id,
        quota=asked.index.quota_of(service.project_id),
        is_closed=asked.index.is_archived(service.project_id),
        replicas=tuple(documents.replica(replica) for replica in replicas),
    )


async def list_wanted_ids(question: ListWantedIds, asked: Asked) -> IdList:
    rows = await asked.rows(
        "list_wanted_ids",
        after_id=question.after_id,
        resting=question.resting,
        limit=_bounded(question.limit),
    )
    return IdList(ids=tuple(row[0] for row in rows))


async def list_probe_targets(question: ListProbeTargets, asked: Asked) -> ProbeTargetList:
    rows = await asked.rows(
        "list_probe_targets",
        after_id=question.after_id,
        service_id=question.service_id,
        limit=_bounded(question.limit),
    )
    return ProbeTargetList(items=tuple(documents.probe_target(row) for row in rows))


async def _granted_in(handle: str, asked: Asked) -> list[str]:
    """Services of the project that the asker may read by a grant on each of them alone."""
    project, granted = asked.index.project_of_handle(handle), asked.granted("service.read")
    if project is None or not granted:
        return []
    found = await asked.rows("list_ids_in_project", project_id=project.id, service_ids=granted)
    return [row[0] for row in found]


async def _some(
    question: ListServices | ListAllServices,
    asked: Asked,
    service_ids: list[str],
    project_ids: frozenset[str] = frozenset(),
    *,
    workloads: bool = False,
) -> ServicePage:
    index = asked.index
    rows = await asked.rows(
        "list_some_services",
        service_ids=service_ids,
        project_ids=sorted(project_ids),
        hidden=[project.id for project in index.projects.values() if not project.is_live],
        workloads=workloads,
        status=question.status,
        **limits(question.page, question.per_page),
    )
    items, total = page_of(rows, lambda row: documents.service(row, index))
    return ServicePage(items=items, total=total)


async def _visible(service_id: str, asked: Asked) -> ServiceDocument | NotFound:
    row: tuple[Any, ...] | None = await asked.row("get_service_by_id", service_id=service_id)
    if row is None or not asked.may("service.read", row[1], service_id):
        return NotFound(kind="service", key=service_id)
    return _shown(row, asked)


def _shown(row: tuple[Any, ...], asked: Asked) -> ServiceDocument:
    service = documents.service(row, asked.index)
    actions = (action for action in _ON_SERVICES if asked.may(action, row[1], row[0]))
    return replace(service, may=tuple(actions))


def _bounded(limit: int) -> int:
    return min(max(limit, 1), 1000)


SERVICES = View(
    name="services",
    sql=Path(__file__).parent / "sql",
    streams=("service", "replica", "scaling", "watch", "custom_domain"),
    tables=(
        "service",
        "deployment",
        "replica",
        "placement",
        "service_tally",
        "conversation_tag",
        "watch",
        "custom_domain",
        "certificate",
    ),
    looks_up=(
        "service_now",
        "deployment_now",
        "deployment_of_service",
        "replica_now",
        "replica_now_of_service",
        "placement_now",
        "service_tally_pkey",
        "conversation_tag_pkey",
        "watch_now",
        "custom_domain_now",
        "certificate_now",
    ),
    project=project,
    reads=("services",),
    answers={
        GetService: get_service,
        GetServiceById: get_service_by_id,
        GetFacets: get_facets,
        ListServices: list_services,
        ListAllServices: list_all_services,
        ListReplicas: list_replicas,
        ListDeployments: list_deployments,
        RevealEnv: reveal_env,
        GetWanted: get_wanted,
        ListWantedIds: list_wanted_ids,
        ListProbeTargets: list_probe_targets,
        ListWatchTargets: list_watch_targets,
        ListDomainTargets: list_domain_targets,
        FindDomain: find_domain,
        ListCertificateHeads: list_certificate_heads,
        OpenCertificate: open_certificate,
    },
)
