"""Between quotas and their spelling. Pure."""

from dataclasses import asdict

from services.gateway.surfaces.ops.resources.quotas import wire
from shared.domain.quota.commands import SetQuota
from shared.domain.quotas import Quota
from shared.queries.quotas import QuotaDocument


def to_set(body: wire.SetQuota, *, project_id: str) -> SetQuota:
    return SetQuota(
        project_id=project_id,
        quota=Quota(
            services=body.services,
            replicas=body.replicas,
            cpu=body.cpu,
            memory_gb=body.memory_gb,
            gpus=body.gpus,
        ),
    )


def from_document(document: QuotaDocument) -> wire.Quota:
    return wire.Quota(
        project_id=document.project_id,
        limits=wire.Limits(**asdict(document.quota)),
        used=wire.Used(services=document.services, **asdict(document.used)),
    )
