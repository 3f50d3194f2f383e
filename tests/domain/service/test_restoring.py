"""What was wanted earlier is wanted again: by new events, judged by today's rules."""

from dataclasses import replace
from typing import Any

from shared.domain.claim import release, take
from shared.domain.rejections import Conflicting, Invalid, NotFound
from shared.domain.service.commands import RestoreService
from shared.domain.service.events import (
    ConversationRevised,
    RolloutStarted,
    RolloutSucceeded,
    ServiceRegistered,
    ServiceRemoved,
    ServiceRevised,
    WorkloadRevised,
)
from shared.domain.service.facets.conversation import Conversation, VersionSet
from shared.domain.service.workload import Workload
from tests.domain.service.office import FIRST, SECOND, SERVICE_ID, WORKLOAD, registered, var
from tests.support.given import PROJECT_ID, given

STARTED = RolloutStarted(
    service_id=SERVICE_ID, deployment_id=FIRST, revision=1, trigger="created", commit=None
)
DONE = RolloutSucceeded(service_id=SERVICE_ID, deployment_id=FIRST)
REMOVED = ServiceRemoved(service_id=SERVICE_ID, force=False)
SCALED = replace(WORKLOAD, replicas_max=9)
TALK = Conversation(agent_id="a1" * 12, state_machine_id="b1" * 12, is_active=False)


def back(**changes: Any) -> RestoreService:
    wanted: dict[str, Any] = {
        "name": "api", "slug": "api", "description": "", "labels": (), "workload": WORKLOAD,
        "registration": None, "conversation": None, "participation": None, **changes,
    }  # fmt: skip
    return RestoreService(
        service_id=SERVICE_ID, project_id=PROJECT_ID, deployment_id=SECOND, **wanted
    )


def revised(workload: Workload, revision: int, *changed: str) -> WorkloadRevised:
    return WorkloadRevised(
        service_id=SERVICE_ID, revision=revision, workload=workload, changed=changed
    )


def rolled_back(revision: int) -> RolloutStarted:
    return RolloutStarted(
        service_id=SERVICE_ID,
        deployment_id=SECOND,
        revision=revision,
        trigger="rollback",
        commit=None,
    )


def test_scaling_comes_back_without_a_rollout() -> None:
    past = given(registered(), STARTED, DONE, revised(SCALED, 2, "replicas_max"))
    decided = past.when(back())
    decided.then(revised(WORKLOAD, 3, "replicas_max"))
    decided.then_again_nothing_happens()


def test_variables_come_back_by_reference_with_a_rollout() -> None:
    then = replace(WORKLOAD, env=(var("A"),))
    past = given(registered(), STARTED, DONE)
    past.when(back(workload=then)).then(revised(then, 2, "env"), rolled_back(2))


def test_a_rollout_in_progress_is_not_disturbed() -> None:
    then = replace(WORKLOAD, env=(var("A"),))
    given(registered(), STARTED).when(back(workload=then)).then_rejected(
        Conflicting, state="deploying"
    )


def test_a_name_comes_back_if_nobody_took_it_meanwhile() -> None:
    renamed = ServiceRevised(
        service_id=SERVICE_ID, name="new", slug="new", description="d", labels=(("a", "b"),),
        changed=("name", "slug", "description", "labels"),
    )  # fmt: skip
    decided = given(registered(), STARTED, DONE, renamed).when(back())
    decided.then(
        ServiceRevised(
            service_id=SERVICE_ID, name="api", slug="api", description="", labels=(),
            changed=("name", "slug", "description", "labels"),
        )
    )  # fmt: skip
    decided.then_claimed(release("slug", f"{PROJECT_ID}:new"), take("slug", f"{PROJECT_ID}:api"))


def test_a_version_set_that_a_unit_test_uses_stays() -> None:
    now = replace(
        TALK,
        version_sets={**TALK.version_sets, "beta": VersionSet(agent_version=2)},
        unit_tests={"beta": ("c1" * 12,)},
        keyterms=("new",),
    )
    born = replace(registered(), workload=None, conversation=now)
    then = back(workload=None, conversation=TALK)
    wanted = replace(TALK, version_sets=now.version_sets, unit_tests=now.unit_tests)
    given(born).when(then).then(
        ConversationRevised(service_id=SERVICE_ID, conversation=wanted, changed=("keyterms",))
    )


def test_what_today_forbids_does_not_come_back() -> None:
    then = replace(WORKLOAD, cpu=3)
    given(registered(), STARTED, DONE).when(back(workload=then)).then_rejected(Invalid)


def test_a_removed_service_begins_again_and_claims_its_name_again() -> None:
    decided = given(registered(), STARTED, DONE, REMOVED).when(back())
    born = registered()
    decided.then(born, rolled_back(1))
    decided.then_claimed(take("slug", f"{PROJECT_ID}:api"))
    assert isinstance(born, ServiceRegistered)


def test_another_projects_service_and_an_unknown_one_are_absent() -> None:
    foreign = replace(back(), project_id="ee" * 12)
    given(registered()).when(foreign).then_rejected(NotFound)
    given(registered(), REMOVED).when(foreign).then_rejected(NotFound)
    given().when(back()).then_rejected(NotFound)
