"""Documents and observations for the tests of decisions, with what a test does not care about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from services.scheduler.decide import decide
from services.scheduler.model import Action, Limits, Memory, PublishTable, Ready, Situation
from services.scheduler.runtimes.interface import ExitCause, Labels, Observed, Prepared
from shared.bus.routes import RouteTable
from shared.queries.services import (
    DeploymentDocument,
    ReplicaDocument,
    ServiceDocument,
    WantedDocument,
    WorkloadDocument,
)

SERVICE = "a" * 24
PROJECT = "b" * 24
COMMIT = "c" * 40
START = datetime(2026, 1, 1, tzinfo=UTC)
PREPARED = Prepared(command=("run",), how="test", tree=Path("/tree"))
LIMITS = Limits(startup_seconds=60.0, drain_seconds=20.0)


def workload(**changes: Any) -> WorkloadDocument:
    made = WorkloadDocument(
        repo="acme/api",
        branch="main",
        image=None,
        command=None,
        gpu="none",
        gpu_count=1,
        cpu=2,
        memory_gb=8,
        replicas_min=1,
        replicas_max=4,
        target_gpu_utilization=None,
        port=8000,
        health_check_path="/health",
        env=(),
        region="us-east-1",
        custom_domain=None,
    )
    return replace(made, **changes)


def deployment(id_: str, status: str = "succeeded", **changes: Any) -> DeploymentDocument:
    made = DeploymentDocument(
        id=id_,
        number=1,
        revision=1,
        trigger="created",
        commit=COMMIT,
        status=status,  # type: ignore[arg-type]  # tests name it in short
        reason="",
        message="",
        last_probe="",
        exit_cause="",
        log_tail=(),
        created_at=START,
        finished_at=None,
    )
    return replace(made, **changes)


def service(
    newest: DeploymentDocument | None,
    serving: DeploymentDocument | None = None,
    *,
    replicas: int = 1,
    **changes: Any,
) -> ServiceDocument:
    made = ServiceDocument(
        id=SERVICE,
        project_id=PROJECT,
        project_handle="acme",
        account_id="d" * 24,
        name="api",
        slug="api",
        description="",
        labels=(),
        revision=1,
        workload=workload(),
        status="running",
        status_reason="",
        status_message="",
        deployment=newest,
        serving=serving,
        replicas_wanted=replicas,
        replicas_current=0,
        replicas_ready=0,
        created_at=START,
        updated_at=START,
    )
    return replace(made, **changes)


def replica(id_: str, deployment_id: str, state: str = "ready", **changes: Any) -> ReplicaDocument:
    made = ReplicaDocument(
        id=id_,
        service_id=SERVICE,
        deployment_id=deployment_id,
        ordinal=0,
        generation=1,
        address=f"unix@/run/{id_}",
        runtime="process",
        isolated=True,
        state=state,  # type: ignore[arg-type]  # tests name it in short
        reason="",
        started_at=START,
        ready_at=START if state in ("ready", "draining") else None,
    )
    return replace(made, **changes)


def seen(doc: ReplicaDocument, exit: ExitCause | None = None) -> Observed:
    return Observed(
        replica_id=doc.id,
        labels=Labels(
            service_id=doc.service_id,
            project_id=PROJECT,
            deployment_id=doc.deployment_id,
            ordinal=doc.ordinal,
            generation=doc.generation,
        ),
        state="exited" if exit is not None else "running",
        address=doc.address,
        pid=1,
        started_at=doc.started_at,
        exit=exit,
    )


def exited(code: int | None = 1, *, asked: bool = False, after: float = 5.0) -> ExitCause:
    return ExitCause(
        code=code,
        signal=None,
        oom=False,
        asked=asked,
        detail=f"exited with code {code}",
        at=START + timedelta(seconds=after),
    )


def wanted(
    of: ServiceDocument | None, *replicas: ReplicaDocument, force: bool = False
) -> WantedDocument:
    return WantedDocument(
        service_id=SERVICE,
        service=of,
        removed=of is None,
        force=force,
        project_id=PROJECT,
        replicas=replicas,
    )


def situation(
    of: WantedDocument,
    observed: tuple[Observed, ...] | None = None,
    memory: Memory | None = None,
    *,
    age: float = 10.0,
    **changes: Any,
) -> Situation:
    """`age` seconds after the start of everything; every replica lives unless told."""
    made = Situation(
        wanted=of,
        observed=tuple(seen(doc) for doc in of.replicas) if observed is None else observed,
        memory=memory or Memory(),
        limits=LIMITS,
        suffix="localhost",
        now=age,
        moment=START + timedelta(seconds=age),
    )
    return replace(made, **changes)


def ready_source(*deployments: DeploymentDocument) -> Memory:
    return Memory(
        sources={
            one.id: Ready(commit=one.commit or COMMIT, prepared=PREPARED) for one in deployments
        }
    )


SERVING = deployment("d1")
ROLLOUT = deployment("d2", "in_progress", number=2)
R1 = replica("r1", "d1")


def actions(of: Situation) -> tuple[Action, ...]:
    """What is done once the routes are as they must be."""
    while (plan := decide(of)).actions and isinstance(plan.actions[0], PublishTable):
        of.memory.table = replace(plan.actions[0].table, generation=1)
    return plan.actions


def table(of: Situation) -> RouteTable:
    first = decide(of).actions[0]
    assert isinstance(first, PublishTable)
    return first.table
