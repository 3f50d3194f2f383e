"""The rules of scaling: pure. What to decide is the scheduler's; here is what may be recorded."""

from dataclasses import fields, replace
from typing import assert_never

from shared.domain.facts import Facts
from shared.domain.rejections import Invalid, NotFound, Rejection
from shared.domain.scaling.commands import (
    RecordPlacement,
    RecordScalingDecision,
    ScalingCommand,
    SetScalingPolicy,
)
from shared.domain.scaling.events import (
    PlacementChanged,
    ScalingDecided,
    ScalingEvent,
    ScalingPolicyRevised,
)
from shared.domain.scaling.policy import Policy, wrong_field
from shared.domain.scaling.state import State
from shared.kernel.unset import Unset

WHY_MAX = 500

Decision = tuple[ScalingEvent, ...] | Rejection


def decide(command: ScalingCommand, state: State, facts: Facts) -> Decision:
    if facts.project is None:
        return NotFound(kind="project", key=command.project_id)
    if state.project_id not in (None, command.project_id):
        return NotFound(kind="service", key=command.service_id)
    match command:
        case SetScalingPolicy():
            return _set_policy(command, state)
        case RecordScalingDecision():
            return _record(command, state)
        case RecordPlacement():
            return _record_placement(command, state)
        case _:
            assert_never(command)


def _set_policy(command: SetScalingPolicy, state: State) -> Decision:
    given = {
        field.name: value
        for field in fields(Policy)
        if not isinstance(value := getattr(command, field.name), Unset)
    }
    policy = replace(state.policy, **given)
    if (wrong := wrong_field(policy)) is not None:
        return Invalid(field=wrong[0], message=wrong[1])
    changed = tuple(n for n, value in given.items() if value != getattr(state.policy, n))
    if not changed:
        return ()
    return (
        ScalingPolicyRevised(
            service_id=command.service_id,
            project_id=command.project_id,
            policy=policy,
            changed=changed,
        ),
    )


def _record_placement(command: RecordPlacement, state: State) -> Decision:
    if command.why == state.unplaced:
        return ()
    return (
        PlacementChanged(
            service_id=command.service_id,
            project_id=command.project_id,
            missing=command.missing,
            why=command.why[:WHY_MAX],
        ),
    )


def _record(command: RecordScalingDecision, state: State) -> Decision:
    if command.at <= state.decided_at:
        return ()  # Told again, or a picture older than the last decision's.
    if not command.desired >= 0 <= command.previous:
        return Invalid(field="desired", message="must be at least 0")
    return (
        ScalingDecided(
            service_id=command.service_id,
            project_id=command.project_id,
            at=command.at,
            desired=command.desired,
            previous=command.previous,
            reasons=command.reasons,
            inputs=command.inputs,
            memory=command.memory,
        ),
    )
