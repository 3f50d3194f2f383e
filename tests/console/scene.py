"""One service with a life and all that is about it, hostile throughout."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from shared.domain.scaling.commands import ScalingInputs, ScalingMemory
from shared.domain.scaling.policy import Policy
from shared.domain.service.facets.participation import Participation, Topic
from shared.queries import (
    audit,
    certificates,
    console,
    executions,
    identity,
    integrity,
    microvisualizer,
    scaling,
    services,
    telemetry,
    webhooks,
)
from shared.queries.watches import DomainDocument, WatchDocument
from tests.surfaces.stubs import (
    DEPLOYMENT,
    MOMENT,
    PROJECT_ID,
    SERVICE,
    SERVICE_ID,
)

# Each ends where the last one is still open, in the hope that something does not escape it.
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>\"'><svg/onload=alert(1)>"
    "javascript:alert(1)\x1b[31m\x9b\u202e{{7*7}}${7*7}</title></textarea></style>"
)
BORN = MOMENT - timedelta(minutes=30)
PATH = f"/console/p/acme/s/my-app~{SERVICE_ID}"


def event(position: int, type_: str = "service.workload_revised", **given: Any) -> audit.AuditEvent:
    made = audit.AuditEvent(
        position=position,
        at=BORN + timedelta(minutes=position),
        account_id="dd" * 12,
        stream=f"service-{SERVICE_ID}",
        version=position,
        event_id=f"event-{position}",
        type=type_,
        schema_version=1,
        command_id=f"command-{position}",
        correlation_id="correlation",
        causation_id=None,
        actor="user:" + "dd" * 12,
        actor_name="ann",
        credential_id=None,
        surface="outpost",
        reason=None,
        words=f"Event {position}.",
        data={"service_id": SERVICE_ID},
        changed=("/workload/port",),
    )
    return replace(made, **given)


LIFE = (
    event(1, "service.registered", words=HOSTILE, reason=HOSTILE, data={"name": HOSTILE}),
    event(2, "service.rollout_started", data={"deployment_id": "d1"}),
    event(3, "replica.started", actor="process:scheduler", actor_name="the scheduler"),
    event(4, "replica.became_ready", actor="process:prober", actor_name="the prober"),
    event(5, "service.rollout_succeeded", data={"deployment_id": "d1"}),
    event(6, actor_name=HOSTILE, reason="cost cap", changed=(f"/labels/{HOSTILE}",)),
)
INCIDENT = audit.Incident(
    opened_position=3,
    opened_at=LIFE[2].at,
    closed_position=4,
    closed_at=LIFE[3].at,
    status="degraded",
    cause=HOSTILE,
    seconds=60.0,
)
BLAME = audit.BlameDocument(
    kind="service",
    id=SERVICE_ID,
    lines=tuple(
        audit.BlameLine(
            path=path,
            value=value,
            position=6,
            at=LIFE[5].at,
            type="service.workload_revised",
            actor="user:" + "dd" * 12,
            actor_name="ann",
            surface="outpost",
            command_id="c",
            correlation_id="c",
            reason=HOSTILE,
        )
        for path, value in (
            ("/name", HOSTILE),
            (f"/labels/{HOSTILE.replace('/', '~1')}", HOSTILE),
            ("/workload/port", 8000),
            ("/workload/command", None),
            ("/workload/env/KEY/secret_id", "ab" * 12),
            ("/workload/env/KEY/mac", "cd" * 32),
            ("/registration", None),
            (f"/replicas/{'ab' * 12}/state", "ready"),
        )
    ),
)
NAMED = replace(
    SERVICE,
    name=HOSTILE,
    status="failed",
    status_message=HOSTILE,
    watch=WatchDocument(url=HOSTILE, is_healthy=False, reason=HOSTILE, since=MOMENT),
    domain=DomainDocument(domain="shop.example", state="failed", reason=HOSTILE, since=MOMENT),
)
ROW = console.ServiceState(
    id=SERVICE_ID,
    project_handle="acme",
    name=HOSTILE,
    slug="my-app",
    facets=("workload", "participation"),
    status="failed",
    status_reason="crash",
    status_message=HOSTILE,
    source=HOSTILE,
    revision=1,
    replicas_wanted=2,
    replicas_ready=1,
    updated_at=MOMENT,
    updated_by="user:" + "dd" * 12,
    updated_by_name=HOSTILE,
)
STATES = (console.StateCount(status="failed", services=1),)
CHANGE = audit.Change(
    op="replace",
    path="/workload/command",
    before=HOSTILE,
    after=HOSTILE + "2",
    words=HOSTILE,
    by=LIFE[5],
)


KEY = identity.ApiKeyDocument(
    id="ac" * 12,
    principal_id="dd" * 12,
    name=HOSTILE,
    expires_at=None,
    revoked_at=None,
    created_at=BORN,
)
PERSON = identity.PrincipalDocument(
    id="dd" * 12,
    kind="user",
    handle="ann",
    name=HOSTILE,
    email=None,
    account_id="dd" * 12,
    home_project_id=None,
    members=(),
    created_at=BORN,
    updated_at=BORN,
)
GRANT = identity.GrantDocument(
    id="ad" * 12,
    principal_id="dd" * 12,
    action=HOSTILE,
    resource=f"project:{PROJECT_ID}",
    created_at=BORN,
)
CERTIFICATE = certificates.CertificateDocument(
    names=("shop.example", HOSTILE),
    not_before=BORN,
    not_after=MOMENT + timedelta(days=20, hours=1),
    issuer=HOSTILE,
    fingerprint="ab" * 32,
    since=BORN,
)
OWNER = audit.OwnerDocument(
    kind="service",
    id=SERVICE_ID,
    account_id="dd" * 12,
    project_id=PROJECT_ID,
    secrets=3,
    erased=1,
)
INTEGRITY = integrity.IntegrityDocument(
    head=40,
    sealed_to=38,
    blocks=2,
    checkpoint=f"{HOSTILE}\n38\n",
    public_key=HOSTILE,
    verification=integrity.VerificationDocument(
        at=MOMENT, to_position=38, bad_position=7, reason="The entry was changed."
    ),
)
RAN = executions.JobDocument(
    id="ba" * 12,
    project_id=PROJECT_ID,
    number=7,
    title=HOSTILE,
    command=HOSTILE,
    tier_id="small",
    environment_id="bb" * 12,
    revision_id="bc" * 12,
    commit="a" * 40,
    ref=None,
    started_by="dd" * 12,
    details={},
    stage="finishing",
    outcome="failed",
    submitted_at=BORN,
    started_at=BORN,
    ended_at=MOMENT,
    reason="exit",
    message=HOSTILE,
    code=1,
    signal=None,
    cpu_percent=None,
    memory_bytes=None,
    output_commit="",
    branch="",
    stats=(),
    tags=(),
    goals=(),
    is_stopping=False,
    is_archived=False,
    queue=None,
    may=(),
)
HOOK = webhooks.WebhookDocument(
    id="af" * 12,
    account_id="dd" * 12,
    project_id=None,
    url=f"https://example.test/{HOSTILE}",
    description=HOSTILE,
    types=("service.*",),
    is_enabled=True,
    created_at=BORN,
    updated_at=MOMENT,
    pending=1,
    dead=1,
)
DEAD = webhooks.DeliveryDocument(
    position=6,
    event_type="service.registered",
    state="dead",
    attempts=9,
    last_attempt_at=MOMENT,
    next_attempt_at=None,
    status=500,
    reason=HOSTILE,
)
SCALING = scaling.ScalingDocument(
    service_id=SERVICE_ID,
    project_id=PROJECT_ID,
    policy=Policy(),
    idle_seconds=60.0,
    replicas_wanted=2,
    replicas_ready=1,
    replicas_min=1,
    replicas_max=4,
    memory=ScalingMemory(),
    decisions=(
        scaling.DecisionDocument(
            at=MOMENT - timedelta(minutes=5),
            position=20,
            desired=2,
            previous=1,
            reasons=(HOSTILE, "maximum 4 allows it"),
            inputs=ScalingInputs(ready=1, replicas_min=1, replicas_max=4, concurrency=212.0),
        ),
    ),
)
COLD = telemetry.ColdStart(
    at=MOMENT, placed_ms=12, started_ms=80, ready_ms=390, held_ms=401, first_byte_ms=412
)


def restore_plan() -> audit.RestorePlan:
    return audit.RestorePlan(
        kind="service",
        id=SERVICE_ID,
        project_id=PROJECT_ID,
        now=40,
        to=3,
        changes=(CHANGE,),
        left=(HOSTILE,),
        revives=False,
        service=audit.ServiceWanted(
            name=SERVICE.name,
            slug=SERVICE.slug,
            description="as it was",
            labels=(),
            workload=None,
            registration=None,
            conversation=None,
            participation=None,
        ),
    )


def replica() -> services.ReplicaDocument:
    return services.ReplicaDocument(
        id="ab" * 12,
        service_id=SERVICE_ID,
        deployment_id=DEPLOYMENT.id,
        ordinal=0,
        generation=1,
        address="127.0.0.1:1",
        runtime="process",
        isolated=True,
        state="unready",
        reason=HOSTILE,
        started_at=BORN,
        ready_at=MOMENT,
    )


def analytics(start: datetime, end: datetime) -> telemetry.AnalyticsDocument:
    return telemetry.AnalyticsDocument(
        service_id=SERVICE_ID,
        start=start,
        end=end,
        requests=10,
        requests_per_second=1.0,
        by_class=(("2xx", 8), ("5xx", 2)),
        latency_p50_ms=1.5,
        latency_p95_ms=20.0,
        latency_p99_ms=None,
        concurrency_average=0.5,
        bytes_out=1,
        replicas_current=1,
        replicas_ready=1,
        replicas_min=1,
        replicas_max=2,
        replica_seconds=60.0,
        cpu_utilization=0.5,
        memory_utilization=None,
        cost_total="0.10",
    )


def snapshot() -> microvisualizer.SnapshotDocument:
    me = microvisualizer.ActorName(name="ann", is_key=False)
    return microvisualizer.SnapshotDocument(
        service_id=SERVICE_ID,
        project_id=PROJECT_ID,
        slug="my-app",
        name=HOSTILE[:60],
        description="",
        participation=Participation(
            consumes=(Topic(name=HOSTILE),), produces=(Topic(name="orders.placed"),)
        ),
        created_by=me,
        created_at=BORN,
        updated_by=me,
        valid_from=BORN,
        valid_until=None,
    )
