"""Replicas: observations repeat and come late; the log keeps only what is news."""

from dataclasses import replace

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as some

from shared.domain.rejections import NotFound
from shared.domain.replica.commands import (
    RecordReplicaDraining,
    RecordReplicaStarted,
    RecordReplicaStopped,
    ReplicaCommand,
    ReportReplicaHealth,
)
from shared.domain.replica.events import (
    ReplicaBecameReady,
    ReplicaBecameUnready,
    ReplicaDrained,
    ReplicaStarted,
    ReplicaStopped,
)
from tests.support.given import given

ID = "1a" * 12
SERVICE = "2b" * 12
PROJECT = "3c" * 12
START = RecordReplicaStarted(
    replica_id=ID,
    service_id=SERVICE,
    project_id=PROJECT,
    deployment_id="4d" * 12,
    ordinal=0,
    generation=1,
    runtime="process",
    isolated=True,
    address="unix@/run/r.sock",
)
STARTED = ReplicaStarted(
    replica_id=ID,
    service_id=SERVICE,
    project_id=PROJECT,
    deployment_id="4d" * 12,
    ordinal=0,
    generation=1,
    runtime="process",
    isolated=True,
    address="unix@/run/r.sock",
)
UP = ReportReplicaHealth(replica_id=ID, project_id=PROJECT, ready=True, duration_ms=740)
DOWN = ReportReplicaHealth(replica_id=ID, project_id=PROJECT, ready=False, reason="503")
DRAIN = RecordReplicaDraining(replica_id=ID, project_id=PROJECT, reason="rollout")
STOP = RecordReplicaStopped(
    replica_id=ID, project_id=PROJECT, asked=False, signal=9, out_of_memory=True, log_tail=("bye",)
)
READY = ReplicaBecameReady(replica_id=ID, service_id=SERVICE, duration_ms=740)
UNREADY = ReplicaBecameUnready(replica_id=ID, service_id=SERVICE, reason="503")
DRAINED = ReplicaDrained(replica_id=ID, service_id=SERVICE, reason="rollout")
STOPPED = ReplicaStopped(
    replica_id=ID,
    service_id=SERVICE,
    asked=False,
    code=None,
    signal=9,
    out_of_memory=True,
    message="",
    log_tail=("bye",),
)
REPORTS: tuple[ReplicaCommand, ...] = (UP, DOWN, DRAIN, STOP)


def kind(command: object) -> str:
    return type(command).__name__


def test_a_start_is_recorded_once_and_claims_nothing() -> None:
    given().when(START).then(STARTED).then_claimed()
    given(STARTED).when(START).then_nothing_happened()
    given(STARTED, STOPPED).when(START).then_nothing_happened()


def test_the_first_good_answer_makes_it_ready() -> None:
    given(STARTED).when(UP).then(READY)
    given(STARTED, READY).when(UP).then_nothing_happened()


def test_a_fall_is_recorded_with_its_reason_once() -> None:
    given(STARTED, READY).when(DOWN).then(UNREADY)
    given(STARTED, READY, UNREADY).when(DOWN).then_nothing_happened()
    given(STARTED, READY, UNREADY).when(UP).then(READY)


def test_a_fall_after_a_recovery_is_news_even_with_the_same_reason() -> None:
    given(STARTED, READY, UNREADY, READY).when(DOWN).then(UNREADY)


def test_not_to_be_ready_yet_is_no_news_but_why_a_start_is_failing_is() -> None:
    given(STARTED).when(replace(DOWN, reason="")).then_nothing_happened()
    given(STARTED).when(DOWN).then(UNREADY)
    given(STARTED, UNREADY).when(DOWN).then_nothing_happened()
    given(STARTED, UNREADY).when(replace(DOWN, reason="404")).then(replace(UNREADY, reason="404"))


def test_a_start_that_was_failing_may_still_succeed() -> None:
    given(STARTED, UNREADY).when(UP).then(READY)


def test_a_drain_is_recorded_once() -> None:
    given(STARTED, READY).when(DRAIN).then(DRAINED)
    given(STARTED, READY, DRAINED).when(DRAIN).then_nothing_happened()


def test_an_end_says_how_it_ended() -> None:
    given(STARTED).when(STOP).then(STOPPED)


@pytest.mark.parametrize("command", REPORTS, ids=kind)
def test_a_late_report_about_what_has_ended_changes_nothing(command: ReplicaCommand) -> None:
    given(STARTED, STOPPED).when(command).then_nothing_happened()


@pytest.mark.parametrize("command", REPORTS, ids=kind)
def test_a_replica_that_never_was_or_is_another_projects_is_not_found(
    command: ReplicaCommand,
) -> None:
    given().when(command).then_rejected(NotFound, kind="replica", key=ID)
    foreign = replace(command, project_id="9f" * 12)
    given(STARTED).when(foreign).then_rejected(NotFound, kind="replica", key=ID)


pasts = some.sampled_from(
    [
        (STARTED,),
        (STARTED, READY),
        (STARTED, READY, UNREADY),
        (STARTED, UNREADY),
        (STARTED, READY, DRAINED),
        (STARTED, STOPPED),
    ]
)


@for_any(
    pasts,
    some.sampled_from(REPORTS)
    | some.builds(
        ReportReplicaHealth,
        replica_id=some.just(ID),
        project_id=some.just(PROJECT),
        ready=some.booleans(),
        reason=some.sampled_from(["", "503", "connection refused"]),
        duration_ms=some.integers(0, 10_000),
    ),
)
def test_deciding_twice_is_deciding_once(past: tuple[object, ...], command: ReplicaCommand) -> None:
    given(*past).when(command).then_again_nothing_happens()
