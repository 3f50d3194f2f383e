"""Changes of a workload: what rolls out, what does not, what is refused while deploying."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as some

from shared.domain.claim import release, take
from shared.domain.rejections import Conflicting, Incompatible, Invalid, NotFound
from shared.domain.service.commands import ReviseWorkload
from shared.domain.service.events import WorkloadRevised
from shared.domain.service.workload import EnvironmentPin
from tests.domain.service.office import (
    SECOND,
    SERVICE_ID,
    SETTLED,
    WORKLOAD,
    registered,
    revising,
    started,
    succeeded,
    var,
)
from tests.support.given import given


def revised(*changed: str, revision: int = 2, **workload: Any) -> WorkloadRevised:
    return WorkloadRevised(
        service_id=SERVICE_ID,
        revision=revision,
        workload=replace(WORKLOAD, **workload),
        changed=changed,
    )


ROLLED = started(SECOND, revision=2, trigger="revised")


def test_scaling_changes_nothing_that_runs() -> None:
    given(*SETTLED).when(revising(replicas_min=0, replicas_max=8)).then(
        revised("replicas_min", "replicas_max", replicas_min=0, replicas_max=8)
    )


def test_a_new_branch_rolls_out() -> None:
    given(*SETTLED).when(revising(branch="release")).then(
        revised("branch", branch="release"), ROLLED
    )


def test_new_variables_replace_all_and_roll_out() -> None:
    past = (registered(env=(var("A"), var("B"))), started(), succeeded())
    given(*past).when(revising(env=(var("C"),))).then(revised("env", env=(var("C"),)), ROLLED)


def test_the_same_variables_again_still_roll_out() -> None:
    past = (registered(env=(var("A"),)), started(), succeeded())
    given(*past).when(revising(env=(var("A"),))).then(revised("env", env=(var("A"),)), ROLLED)
    given(*SETTLED).when(revising(env=())).then(revised("env"), ROLLED)


def test_the_same_values_again_leave_no_trace() -> None:
    given(*SETTLED).when(revising()).then_nothing_happened()
    given(*SETTLED).when(revising(replicas_min=1, branch="main")).then_nothing_happened()
    given(*SETTLED).when(revising(custom_domain=None)).then_nothing_happened()


def test_several_fields_make_one_revision() -> None:
    given(*SETTLED).when(revising(branch="x", replicas_max=3, env=(var("A"),))).then(
        revised("replicas_max", "env", "branch", branch="x", replicas_max=3, env=(var("A"),)),
        ROLLED,
    )


def test_while_deploying_what_rolls_is_refused_and_what_scales_is_not() -> None:
    deploying = (registered(), started())
    given(*deploying).when(revising(branch="x")).then_rejected(Conflicting, state="deploying")
    given(*deploying).when(revising(env=())).then_rejected(Conflicting, state="deploying")
    given(*deploying).when(revising(replicas_max=4)).then(revised("replicas_max", replicas_max=4))
    given(*deploying).when(revising(custom_domain="a.example.com")).then(
        revised("custom_domain", custom_domain="a.example.com")
    )


def test_a_domain_is_claimed_moved_and_given_back() -> None:
    given(*SETTLED).when(revising(custom_domain="A.example.com")).then(
        revised("custom_domain", custom_domain="a.example.com")
    ).then_claimed(take("domain", "a.example.com"))
    past = (registered(custom_domain="a.example.com"), started(), succeeded())
    given(*past).when(revising(custom_domain="b.example.com")).then_claimed(
        release("domain", "a.example.com"), take("domain", "b.example.com")
    )
    given(*past).when(revising(custom_domain=None)).then_claimed(release("domain", "a.example.com"))
    given(*past).when(revising(custom_domain="A.EXAMPLE.com.")).then_nothing_happened()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("replicas_min", -1),
        ("replicas_max", 0),
        ("replicas_max", 1001),
        ("target_gpu_utilization", 9),
        ("target_gpu_utilization", 96),
        ("branch", "a..b"),
        ("env", (var("1"),)),
        ("custom_domain", "localhost"),
    ],
)
def test_a_revision_keeps_the_rules_of_a_registration(field: str, value: Any) -> None:
    given(registered(gpu="T4"), started(), succeeded()).when(
        revising(**{field: value})
    ).then_rejected(Invalid, field=field)


def test_fields_are_judged_together_with_what_is_there() -> None:
    given(*SETTLED).when(revising(replicas_min=2)).then_rejected(
        Incompatible, fields=("replicas_min", "replicas_max")
    )
    given(*SETTLED).when(revising(target_gpu_utilization=70)).then_rejected(
        Incompatible, fields=("target_gpu_utilization", "gpu")
    )


def test_an_image_has_no_branch_to_change() -> None:
    past = (registered(repo=None, branch=None, image="nginx"), started(), succeeded())
    given(*past).when(revising(branch="main")).then_rejected(
        Incompatible, fields=("branch", "image")
    )


def test_a_service_without_a_workload_has_none_to_revise() -> None:
    given(replace(registered(), workload=None)).when(revising(replicas_max=2)).then_rejected(
        NotFound, kind="service", key=SERVICE_ID
    )


def test_revisions_count_up() -> None:
    given(*SETTLED, revised("replicas_max", replicas_max=2)).when(revising(replicas_max=3)).then(
        revised("replicas_max", revision=3, replicas_max=3)
    )


# A map of variables rolls out each time it is given, by the page's own words: so it is left out.
@for_any(
    some.fixed_dictionaries(
        {},
        optional={
            "replicas_min": some.integers(0, 5),
            "replicas_max": some.integers(1, 5),
            "target_gpu_utilization": some.integers(5, 100),
            "custom_domain": some.none() | some.sampled_from(["a.example.com", "A.example.com."]),
        },
    )
)
def test_deciding_twice_is_deciding_once(changes: dict[str, Any]) -> None:
    command: ReviseWorkload = revising(**changes)
    past = (registered(gpu="T4"), started(), succeeded())
    given(*past).when(command).then_again_nothing_happens()


def test_another_environment_rolls_out_and_the_same_one_does_not() -> None:
    pin = EnvironmentPin(environment_id="ab" * 12, revision_id="cd" * 12)
    later = replace(pin, revision_id="ce" * 12)
    named = revised("environment", environment=pin)
    given(*SETTLED).when(revising(environment=pin)).then(named, ROLLED)
    settled = (*SETTLED, named)
    given(*settled).when(revising(environment=pin)).then_nothing_happened()
    given(*settled).when(revising(environment=later)).then(
        revised("environment", revision=3, environment=later),
        started(SECOND, revision=3, trigger="revised"),
    )
