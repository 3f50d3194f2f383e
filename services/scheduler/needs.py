"""What a replica of a service asks of a node: its workload, and two labels of the service.

`nodes` names labels that its nodes must have (`disk=fast,zone=a`), `tolerates` the taints that they
may have (`batch,old`). Pure.
"""

from services.scheduler.placement import GIB, Need
from shared.queries.services import ServiceDocument

NODES_LABEL, TOLERATES_LABEL = "nodes", "tolerates"


def need_of(service: ServiceDocument) -> Need:
    workload = service.workload
    if workload is None:
        return Need()
    labels = dict(service.labels)
    pairs = [part.partition("=") for part in _parts(labels.get(NODES_LABEL, ""))]
    return Need(
        millicores=workload.cpu * 1000,
        memory_bytes=workload.memory_gb * GIB,
        gpu=workload.gpu,
        gpu_count=workload.gpu_count,
        region=workload.region,
        wants=tuple((name.strip(), value.strip()) for name, _, value in pairs),
        tolerates=tuple(_parts(labels.get(TOLERATES_LABEL, ""))),
    )


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
