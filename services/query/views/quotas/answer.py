"""The answer about a project's quota: its limits, and what is taken of them."""

from pathlib import Path

from services.query.asked import Asked
from services.query.view import View
from services.query.views.quotas.projection import project
from shared.domain.quotas import Amount, Quota
from shared.domain.rejections import NotFound
from shared.queries.quotas import GetQuota, QuotaDocument


async def get_quota(question: GetQuota, asked: Asked) -> QuotaDocument | NotFound:
    if not asked.may("project.read", question.project_id):
        return NotFound(kind="project", key=question.project_id)
    row = await asked.row("get_quota", project_id=question.project_id)
    if row is None:
        raise AssertionError("a sum without a row")
    services, replicas, cpu, memory_gb, gpus = row[:5]
    return QuotaDocument(
        project_id=question.project_id,
        quota=Quota(services=services, replicas=replicas, cpu=cpu, memory_gb=memory_gb, gpus=gpus),
        services=row[5],
        used=Amount(replicas=row[6], cpu=int(row[7]), memory_gb=int(row[8]), gpus=int(row[9])),
    )


QUOTAS = View(
    name="quotas",
    sql=Path(__file__).parent / "sql",
    streams=("quota",),
    tables=("quota",),
    project=project,
    reads=("quotas", "services"),
    answers={GetQuota: get_quota},
)
