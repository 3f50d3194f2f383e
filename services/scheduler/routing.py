"""From a situation to the route table the edges must have. Pure.

A replica is named `ready` only while the prober says so; one that leaves is named `draining` for as
long as it lives, so that the edge lets its requests end and tells us when they have.
"""

from dataclasses import replace

from services.scheduler.model import Limits, Situation, Standing
from shared.bus.routes import Backend, Hold, RouteTable
from shared.queries.services import ServiceDocument, WantedDocument

# A service that never ran has nothing to wait for: hold no request, answer at once.
HOLD_NONE = Hold(limit=0)


def wanted_table(situation: Situation, standings: tuple[Standing, ...]) -> RouteTable | None:
    """None where there is nothing to tell. The generation is 0: the publisher gives it."""
    published = situation.memory.table
    service = situation.wanted.service
    if situation.wanted.removed:
        if published is None:
            return None
        return replace(published, generation=0, state="gone", backends=())
    if service is None or service.workload is None:
        return None
    # A service that runs nothing and will not before it is deployed anew takes no slot.
    is_closed = situation.wanted.is_closed
    is_down = not standings and (is_closed or not _has_prospects(service, situation.limits))
    return RouteTable(
        service_id=service.id,
        generation=0,
        state="down" if is_down else "live",
        hosts=hosts_of(service, situation.suffix, only_proven=situation.limits.proven_domains),
        backends=_backends(standings, published),
        hold=situation.hold if may_hold(situation.wanted, situation.limits) else HOLD_NONE,
        name=service.name,
        namespace=service.project_handle,
        account_id=service.account_id,
    )


def is_published(table: RouteTable | None, published: RouteTable | None) -> bool:
    if table is None:
        return True
    return published is not None and replace(published, generation=0) == table


def is_routed(replica_id: str, table: RouteTable | None) -> bool:
    """Some edge may send or have sent requests to it. A tombstone names nobody any more, so of its
    replicas each may have been routed."""
    if table is None:
        return False
    return table.state == "gone" or any(b.replica_id == replica_id for b in table.backends)


def hosts_of(
    service: ServiceDocument, suffix: str, *, only_proven: bool = False
) -> tuple[str, ...]:
    """Its own host, and its custom domain: at once, or once the DNS has proven it."""
    own = f"{service.slug}.{service.project_handle}.{suffix}"
    domain = service.workload.custom_domain if service.workload is not None else None
    is_proven = service.domain is not None and service.domain.state == "verified"
    return (own,) if domain is None or (only_proven and not is_proven) else (own, domain)


def _backends(standings: tuple[Standing, ...], published: RouteTable | None) -> tuple[Backend, ...]:
    backends = []
    for standing in standings:
        doc = standing.doc
        if standing.is_leaving:
            if is_routed(doc.id, published):
                backends.append(Backend(replica_id=doc.id, address=doc.address, state="draining"))
        elif standing.is_ready:
            backends.append(Backend(replica_id=doc.id, address=doc.address, state="ready"))
    return tuple(sorted(backends, key=lambda backend: backend.replica_id))


def may_hold(wanted: WantedDocument, limits: Limits) -> bool:
    """Whether a request may wait: a replica runs, sleeps, or is about to start."""
    if wanted.service is None or wanted.is_closed:
        return False
    return _has_prospects(wanted.service, limits)


def _has_prospects(service: ServiceDocument, limits: Limits) -> bool:
    rollout = service.deployment
    deploys = rollout is not None and rollout.status == "in_progress"
    return service.serving is not None or (deploys and not lacks_engine(service, limits))


def lacks_engine(service: ServiceDocument, limits: Limits) -> bool:
    """An image, and nothing here runs images."""
    workload = service.workload
    return workload is not None and workload.image is not None and not limits.images
