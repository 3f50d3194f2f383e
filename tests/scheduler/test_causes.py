"""What the scheduler says carries the event that it follows from."""

from datetime import UTC, datetime
from typing import Any

from services.scheduler.causes import ROLLOUTS_MAX, Cause, Causes
from shared.domain.replica.commands import (
    RecordReplicaDraining,
    RecordReplicaStarted,
    RecordReplicaStopped,
    ReportReplicaHealth,
)
from shared.domain.service.commands import ConcludeRollout, RecordRolloutSource
from shared.envelope.event import EventEnvelope


def heard(causes: Causes, type_: str, command: str, **data: Any) -> Cause:
    envelope = EventEnvelope(
        position=1, at=datetime(2026, 1, 1, tzinfo=UTC), account_id="a", stream="service-s",
        version=1, event_id="e", type=type_, schema_version=1, command_id=command,
        correlation_id=f"of-{command}", causation_id=None, actor="user:u", credential_id=None,
        surface="test", reason=None, data="{}",
    )  # fmt: skip
    causes.hear(envelope, {"service_id": "s", **data})
    return Cause(command_id=command, correlation_id=f"of-{command}")


def start(deployment: str, ordinal: int = 0, generation: int = 1) -> RecordReplicaStarted:
    return RecordReplicaStarted(
        replica_id="r", service_id="s", project_id="p", deployment_id=deployment,
        ordinal=ordinal, generation=generation, runtime="process", isolated=True, address="x:1",
    )  # fmt: skip


def drain(reason: str) -> RecordReplicaDraining:
    return RecordReplicaDraining(replica_id="r", project_id="p", reason=reason)


def test_a_start_a_source_and_a_verdict_follow_from_their_rollout() -> None:
    causes = Causes()
    first = heard(causes, "service.rollout_started", "c1", deployment_id="d1")
    second = heard(causes, "service.rollout_started", "c2", deployment_id="d2")
    ids: dict[str, Any] = {"service_id": "s", "project_id": "p"}
    assert causes.of(start("d1")) == first
    assert causes.of(RecordRolloutSource(**ids, deployment_id="d2", commit="x")) == second
    assert causes.of(ConcludeRollout(**ids, deployment_id="d1", succeeded=True)) == first
    assert causes.of(drain("rollout")) == second


def test_a_start_after_a_crash_follows_from_the_crash_at_its_place() -> None:
    causes = Causes()
    rollout = heard(causes, "service.rollout_started", "c1", deployment_id="d")
    heard(causes, "replica.started", "c2", replica_id="r", deployment_id="d", ordinal=0)
    crash = heard(causes, "replica.stopped", "c3", replica_id="r", asked=False)
    assert causes.of(start("d", generation=2)) == crash
    assert causes.of(start("d", ordinal=1)) == rollout


def test_a_stop_that_was_asked_for_causes_no_start() -> None:
    causes = Causes()
    rollout = heard(causes, "service.rollout_started", "c1", deployment_id="d")
    heard(causes, "replica.started", "c2", replica_id="r", deployment_id="d", ordinal=0)
    heard(causes, "replica.stopped", "c3", replica_id="r", asked=True)
    assert causes.of(start("d", generation=2)) == rollout


def test_an_end_follows_from_what_happened_to_the_replica_last() -> None:
    causes = Causes()
    heard(causes, "replica.started", "c1", replica_id="r", deployment_id="d", ordinal=0)
    unready = heard(causes, "replica.became_unready", "c2", replica_id="r", reason="500")
    stop = RecordReplicaStopped(replica_id="r", project_id="p", asked=True)
    assert causes.of(stop) == causes.of(drain("unhealthy")) == unready
    removed = heard(causes, "service.removed", "c3")
    assert causes.of(drain("removed")) == removed


def test_a_new_leader_names_no_cause_rather_than_a_wrong_one() -> None:
    causes = Causes()
    assert causes.of(start("d")) is None
    assert causes.of(ReportReplicaHealth(replica_id="r", project_id="p", ready=True)) is None


def test_only_the_newest_rollouts_are_kept() -> None:
    causes = Causes()
    for n in range(3 * ROLLOUTS_MAX):
        heard(causes, "service.rollout_started", f"c{n}", deployment_id=f"d{n}")
    assert len(causes.rollouts) == ROLLOUTS_MAX
    assert causes.of(start("d0")) is None
