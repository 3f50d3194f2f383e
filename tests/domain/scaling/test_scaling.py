"""Settings of scaling and what may be recorded of decisions."""

from typing import Any

import pytest

from shared.domain.facts import Facts
from shared.domain.rejections import Invalid, NotFound
from shared.domain.scaling.commands import (
    RecordScalingDecision,
    ScalingInputs,
    ScalingMemory,
    SetScalingPolicy,
)
from shared.domain.scaling.events import ScalingDecided, ScalingPolicyRevised
from shared.domain.scaling.policy import IDLE_LABEL, Policy, idle_seconds
from tests.support.given import PROJECT_ID, given

SERVICE = "0c" * 12
INPUTS = ScalingInputs(ready=1, replicas_min=0, replicas_max=4, concurrency=9.0)


def decision(**changes: Any) -> RecordScalingDecision:
    fields: dict[str, Any] = {
        "service_id": SERVICE,
        "project_id": PROJECT_ID,
        "at": 100.0,
        "desired": 3,
        "previous": 1,
        "reasons": ("busy",),
        "inputs": INPUTS,
        "memory": ScalingMemory(panic_at=100.0, panic_most=3),
    }
    return RecordScalingDecision(**{**fields, **changes})


def decided(**changes: Any) -> ScalingDecided:
    command = decision(**changes)
    return ScalingDecided(**{name: getattr(command, name) for name in command.__slots__})


def policy_set(policy: Policy, *changed: str) -> ScalingPolicyRevised:
    return ScalingPolicyRevised(
        service_id=SERVICE, project_id=PROJECT_ID, policy=policy, changed=changed
    )


def set_policy(**settings: Any) -> SetScalingPolicy:
    return SetScalingPolicy(service_id=SERVICE, project_id=PROJECT_ID, **settings)


def test_a_setting_that_is_not_given_stays() -> None:
    past = given(policy_set(Policy(window_seconds=30.0), "window_seconds"))
    past.when(set_policy(target_rps=5.0)).then(
        policy_set(Policy(window_seconds=30.0, target_rps=5.0), "target_rps")
    )


def test_null_takes_a_target_away_again() -> None:
    past = given(policy_set(Policy(target_rps=5.0), "target_rps"))
    past.when(set_policy(target_rps=None)).then(policy_set(Policy(), "target_rps"))


def test_the_same_settings_again_leave_no_trace() -> None:
    given().when(set_policy(window_seconds=60.0)).then_nothing_happened()
    given().when(set_policy(hold_limit=7)).then_again_nothing_happens()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("target_concurrency", 0.0),
        ("target_concurrency", float("nan")),
        ("target_rps", -1.0),
        ("window_seconds", 5.9),
        ("scale_down_delay_seconds", 3601.0),
        ("scale_to_zero_seconds", 0.5),
        ("hold_limit", -1),
        ("hold_seconds", float("inf")),
    ],
)
def test_a_setting_out_of_its_bounds_is_refused_by_name(name: str, value: float) -> None:
    given().when(set_policy(**{name: value})).then_rejected(Invalid, field=name)


def test_a_decision_is_recorded_with_all_it_saw() -> None:
    given().when(decision()).then(decided())


def test_a_decision_that_is_told_again_changes_nothing() -> None:
    given().when(decision()).then_again_nothing_happens()
    given(decided(at=200.0)).when(decision(at=150.0)).then_nothing_happened()


def test_the_same_number_may_be_decided_again_later() -> None:
    # A rollout in between has raised it without a decision.
    given(decided(desired=0)).when(decision(at=300.0, desired=0, previous=1)).then(
        decided(at=300.0, desired=0, previous=1)
    )


def test_another_project_cannot_speak_of_this_service() -> None:
    past = given(decided(project_id="ff" * 12))
    past.when(set_policy(hold_limit=1)).then_rejected(NotFound, kind="service")
    past.when(decision(at=999.0)).then_rejected(NotFound, kind="service")


def test_a_project_that_is_gone_scales_nothing() -> None:
    given().when(decision(), Facts()).then_rejected(NotFound, kind="project")


@pytest.mark.parametrize(
    ("policy", "label", "seconds"),
    [
        (Policy(), None, 60.0),
        (Policy(), "5", 5.0),
        (Policy(), "soon", 60.0),
        (Policy(), "0", 60.0),
        (Policy(), "nan", 60.0),
        (Policy(scale_to_zero_seconds=9.0), "5", 9.0),
    ],
)
def test_the_idle_time_is_the_settings_else_the_labels_else_a_minute(
    policy: Policy, label: str | None, seconds: float
) -> None:
    labels = () if label is None else ((IDLE_LABEL, label),)
    assert idle_seconds(policy, labels) == seconds
