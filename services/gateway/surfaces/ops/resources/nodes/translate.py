"""Between nodes and their spelling. Pure."""

from services.gateway.refusals import BadFields, Refused
from services.gateway.surfaces.ops.resources.nodes import wire
from shared.domain.node.commands import DeclareNode, ReviseNode
from shared.domain.node.parts import MEMORY_MAX, MILLICORES_MAX, Capacity, Purpose
from shared.queries.nodes import NodeDocument

GIB = 1024**3


def to_declare(body: wire.DeclareNode) -> DeclareNode:
    return DeclareNode(
        name=body.name,
        kind=body.kind,
        region=body.region,
        capacity=_capacity(body.cpu, body.memory_gb, body.gpus),
        purpose=_purpose(body),
    )


def to_revise(body: wire.ReviseNode, *, node: NodeDocument) -> ReviseNode:
    """What is left out of the capacity stays as it is."""
    now = node.capacity
    given = (body.cpu, body.memory_gb, body.gpus)
    capacity = _capacity(
        now.millicores / 1000 if body.cpu is None else body.cpu,
        now.memory_bytes / GIB if body.memory_gb is None else body.memory_gb,
        dict(now.gpus) if body.gpus is None else body.gpus,
    )
    return ReviseNode(
        name=node.name,
        region=body.region,
        capacity=None if given == (None, None, None) else capacity,
        purpose=_purpose(body),
    )


def from_document(document: NodeDocument) -> wire.Node:
    return wire.Node(
        name=document.name,
        kind=document.kind,
        region=document.region,
        capacity=_amounts(document.capacity),
        booked=_amounts(document.booked),
        free=None if document.overcommits else _amounts(_free(document)),
        replicas=document.replicas,
        jobs=document.jobs,
        labels=dict(document.purpose.labels),
        taints=list(document.purpose.taints),
        cordoned=document.purpose.is_cordoned,
        draining=document.is_draining,
        overcommits=document.overcommits,
        created_at=document.created_at,
        updated_at=document.updated_at,
    )


def _free(document: NodeDocument) -> Capacity:
    """Never less than nothing: what was placed before a node was made smaller runs on."""
    capacity, booked = document.capacity, document.booked
    taken = dict(booked.gpus)
    return Capacity(
        millicores=max(0, capacity.millicores - booked.millicores),
        memory_bytes=max(0, capacity.memory_bytes - booked.memory_bytes),
        gpus=tuple((kind, max(0, count - taken.get(kind, 0))) for kind, count in capacity.gpus),
    )


def _capacity(cpu: float, memory_gb: float, gpus: dict[str, int]) -> Capacity:
    # Compared before they become integers: a client may send 1e300, or no number at all.
    if not 0 < cpu <= MILLICORES_MAX:
        raise Refused(BadFields(problems=(("cpu", "must be more than 0"),)))
    if not 0 < memory_gb <= MEMORY_MAX:
        raise Refused(BadFields(problems=(("memory_gb", "must be more than 0"),)))
    return Capacity(
        millicores=round(cpu * 1000),
        memory_bytes=round(memory_gb * GIB),
        gpus=tuple(sorted(gpus.items())),
    )


def _purpose(body: wire.DeclareNode | wire.ReviseNode) -> Purpose:
    return Purpose(
        labels=tuple(sorted(body.labels.items())),
        taints=tuple(body.taints),
        is_cordoned=body.cordoned,
    )


def _amounts(capacity: Capacity) -> wire.Amounts:
    return wire.Amounts(
        cpu=capacity.millicores / 1000,
        memory_gb=round(capacity.memory_bytes / GIB, 3),
        gpus=dict(capacity.gpus),
    )
