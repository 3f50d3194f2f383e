"""What a stubbed query side answers to the console: the documents of scene.py, as questions ask."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from shared.domain.quotas import Amount, Quota
from shared.domain.rejections import NotFound
from shared.queries import (
    audit,
    certificates,
    console,
    executions,
    identity,
    integrity,
    microvisualizer,
    quotas,
    scaling,
    services,
    telemetry,
    webhooks,
)
from tests.console.scene import (
    BLAME,
    CERTIFICATE,
    CHANGE,
    COLD,
    DEAD,
    GRANT,
    HOOK,
    HOSTILE,
    INCIDENT,
    INTEGRITY,
    KEY,
    LIFE,
    NAMED,
    OWNER,
    PERSON,
    RAN,
    ROW,
    SCALING,
    STATES,
    analytics,
    replica,
    restore_plan,
    snapshot,
)
from tests.surfaces.stubs import DEPLOYMENT, MOMENT, PROJECT, PROJECT_ID, SERVICE_ID, Gateway


def set_the_scene(gateway: Gateway) -> None:
    gateway.dispatch.answers |= {
        console.GetMoment: console.MomentDocument(position=40, at=MOMENT),
        console.ListProjectStates: console.ProjectStates(
            items=(
                console.ProjectState(
                    id=PROJECT_ID,
                    handle="acme",
                    name=HOSTILE,
                    owner="ann",
                    is_home=True,
                    services=1,
                    states=STATES,
                    changed_at=MOMENT,
                ),
            ),
            total=1,
            services=1,
        ),
        console.ListServiceStates: console.ServiceStates(items=(ROW,), total=1, states=STATES),
        identity.GetProject: lambda q: (
            replace(PROJECT, name=HOSTILE)
            if q.key in ("acme", PROJECT_ID)
            else NotFound(kind="project", key=q.key)
        ),
        audit.FollowLog: audit.FeedPage(events=LIFE, seen=40, head=40),
        audit.GetTimeline: _of_service(
            audit.TimelineDocument(
                service_id=SERVICE_ID, events=LIFE[:1], incidents=(INCIDENT,), next_after=1
            )
        ),
        audit.ListHistory: _of_service(audit.AuditPage(items=LIFE, next_after=None)),
        audit.GetBlame: BLAME,
        audit.GetDiff: audit.DiffDocument(
            kind="service", id=SERVICE_ID, start=1, end=6, changes=(CHANGE,)
        ),
        audit.PlanRestore: restore_plan(),
        executions.ListJobs: executions.JobPage(items=(RAN,), total=1),
        executions.GetJob: RAN,
        executions.GetJobLogs: executions.JobLogs(
            items=(executions.JobLogLine(nano=1, stream="stdout", message=HOSTILE),),
            is_complete=True,
            problem="",
        ),
        quotas.GetQuota: quotas.QuotaDocument(
            project_id=PROJECT_ID, quota=Quota(services=1), services=1, used=Amount()
        ),
        identity.ListApiKeys: identity.ApiKeyPage(items=(KEY,), total=1),
        identity.GetApiKey: KEY,
        identity.ListGrants: identity.GrantPage(items=(GRANT,), total=1),
        identity.GetGrant: GRANT,
        identity.GetPrincipal: lambda q: (
            PERSON if q.key in (PERSON.id, PERSON.handle) else NotFound(kind="principal", key=q.key)
        ),
        certificates.FindDomain: certificates.DomainPlace(
            service_id=SERVICE_ID,
            project_id=PROJECT_ID,
            domain="shop.example",
            certificate=CERTIFICATE,
        ),
        audit.FindOwner: lambda q: (
            OWNER if q.owner_id == OWNER.id else NotFound(kind="owner", key=q.owner_id)
        ),
        integrity.GetIntegrity: INTEGRITY,
        webhooks.ListWebhooks: webhooks.WebhookPage(items=(HOOK,), total=1),
        webhooks.GetWebhook: HOOK,
        webhooks.ListDeliveries: webhooks.DeliveryPage(items=(DEAD,), next_before=5),
        scaling.GetScaling: _of_service(SCALING),
        telemetry.ListColdStarts: telemetry.ColdStartList(
            items=(COLD,), total=1, first_byte_p50_ms=412.0, first_byte_p95_ms=412.0
        ),
        audit.GetWhy: audit.WhyDocument(
            links=(
                audit.WhyLink(because="", event=LIFE[5]),
                audit.WhyLink(because=HOSTILE, event=LIFE[0]),
                audit.WhyLink(because="was caused by", event=None),
            ),
            root=HOSTILE,
        ),
        services.GetServiceById: _of_service(NAMED),
        services.ListReplicas: services.ReplicaList(items=(replica(),)),
        services.ListDeployments: services.DeploymentPage(
            items=(
                replace(
                    DEPLOYMENT,
                    status="failed",
                    message=HOSTILE,
                    last_probe=HOSTILE,
                    exit_cause=HOSTILE,
                    log_tail=(HOSTILE,),
                ),
            ),
            total=1,
        ),
        telemetry.GetServiceLogs: telemetry.LogLines(
            items=(
                telemetry.LogLine(
                    at=MOMENT, replica_id="ab" * 12, stream="stderr", message=HOSTILE
                ),
            )
        ),
        telemetry.FollowServiceLogs: telemetry.LogFeed(
            lines=(
                telemetry.NumberedLine(
                    number=71,
                    at=MOMENT,
                    replica_id="ab" * 12,
                    stream="stderr",
                    message=HOSTILE,
                ),
            ),
            seen=71,
        ),
        telemetry.GetServiceAnalytics: lambda q: analytics(q.start, q.end),
        microvisualizer.ListSnapshots: microvisualizer.SnapshotPage(
            items=(snapshot(),), next_after=None
        ),
    }


def _of_service(document: Any) -> Callable[[Any], Any]:
    def answer(question: Any) -> Any:
        id_ = getattr(question, "service_id", None) or question.id
        return document if id_ == SERVICE_ID else NotFound(kind="service", key=id_)

    return answer
