"""Rollouts: one at a time, each concluded once, and late words about an old one change nothing."""

from dataclasses import replace

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as some

from shared.domain.rejections import Conflicting, NotFound
from shared.domain.service.commands import ConcludeRollout, RecordRolloutSource, Trigger
from shared.domain.service.events import RolloutSourced
from tests.domain.service.office import (
    COMMIT,
    FIRST,
    SECOND,
    SERVICE_ID,
    SETTLED,
    failed,
    registered,
    rollout,
    started,
    succeeded,
)
from tests.support.given import PROJECT_ID, given

DEPLOYING = (registered(), started())
SOURCE = RecordRolloutSource(
    service_id=SERVICE_ID, project_id=PROJECT_ID, deployment_id=FIRST, commit=COMMIT
)
SOURCED = RolloutSourced(service_id=SERVICE_ID, deployment_id=FIRST, commit=COMMIT)
SUCCESS = ConcludeRollout(
    service_id=SERVICE_ID, project_id=PROJECT_ID, deployment_id=FIRST, succeeded=True
)
FAILURE = ConcludeRollout(
    service_id=SERVICE_ID,
    project_id=PROJECT_ID,
    deployment_id=FIRST,
    succeeded=False,
    reason="not_healthy",
    message="No replica was healthy within 120 s.",
    last_probe="503",
    log_tail=("out of memory",),
)


@pytest.mark.parametrize("trigger", ["redeploy", "push", "rollback"])
def test_a_rollout_begins_once_the_last_is_over(trigger: Trigger) -> None:
    for past in (SETTLED, (*DEPLOYING, failed())):
        given(*past).when(rollout(trigger=trigger)).then(started(SECOND, trigger=trigger))


def test_a_push_brings_its_commit() -> None:
    given(*SETTLED).when(rollout(trigger="push", commit=COMMIT)).then(
        started(SECOND, trigger="push", commit=COMMIT)
    )


def test_another_rollout_waits_for_the_one_in_progress() -> None:
    given(*DEPLOYING).when(rollout()).then_rejected(Conflicting, state="deploying")


def test_the_same_request_again_is_the_same_rollout() -> None:
    past = (*SETTLED, started(SECOND, trigger="redeploy"))
    given(*past).when(rollout()).then_nothing_happened()


@pytest.mark.parametrize("end", [succeeded(SECOND), failed(SECOND)], ids=["succeeded", "failed"])
def test_the_same_request_does_not_begin_again_what_is_over(end: object) -> None:
    past = (*SETTLED, started(SECOND, trigger="redeploy"), end)
    given(*past).when(rollout()).then_nothing_happened()


def test_nothing_rolls_out_without_a_workload() -> None:
    given(replace(registered(), workload=None)).when(rollout()).then_rejected(
        NotFound, kind="service", key=SERVICE_ID
    )


def test_what_a_branch_was_resolved_to_is_recorded_once() -> None:
    given(*DEPLOYING).when(SOURCE).then(SOURCED)
    given(*DEPLOYING, SOURCED).when(SOURCE).then_nothing_happened()


def test_a_source_of_another_rollout_is_refused() -> None:
    for past in (SETTLED, (*SETTLED, started(SECOND))):
        given(*past).when(SOURCE).then_rejected(Conflicting, state="superseded")


def test_a_rollout_succeeds_or_fails_with_its_reasons() -> None:
    given(*DEPLOYING).when(SUCCESS).then(succeeded())
    given(*DEPLOYING).when(FAILURE).then(failed())


def test_a_rollout_is_concluded_once() -> None:
    for end in (succeeded(), failed()):
        for command in (SUCCESS, FAILURE):
            given(*DEPLOYING, end).when(command).then_rejected(Conflicting, state="not_deploying")


def test_a_verdict_on_another_rollout_is_refused() -> None:
    given(*SETTLED, started(SECOND)).when(SUCCESS).then_rejected(Conflicting, state="not_deploying")


def test_a_rollout_claims_nothing() -> None:
    given(*SETTLED).when(rollout()).then_claimed()
    given(*DEPLOYING).when(SUCCESS).then_claimed()


@for_any(
    some.sampled_from([DEPLOYING, SETTLED, (*DEPLOYING, failed()), (*SETTLED, started(SECOND))]),
    some.sampled_from([rollout(FIRST), rollout(SECOND), rollout("d3" * 12), SOURCE]),
)
def test_deciding_twice_is_deciding_once(past: tuple[object, ...], command: object) -> None:
    given(*past).when(command).then_again_nothing_happens()
