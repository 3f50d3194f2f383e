"""A service with a workload: its name, its claims, its first rollout, and its end."""

from dataclasses import replace

import pytest

from shared.domain.claim import release, take
from shared.domain.facts import Facts
from shared.domain.rejections import Conflicting, Invalid, NotFound
from shared.domain.service.commands import RemoveService
from shared.domain.service.events import ServiceRemoved
from tests.domain.service.office import (
    SERVICE_ID,
    SETTLED,
    registered,
    registering,
    revising,
    rollout,
    started,
)
from tests.support.given import PROJECT_ID, given

REMOVE = RemoveService(service_id=SERVICE_ID, project_id=PROJECT_ID)
REMOVED = ServiceRemoved(service_id=SERVICE_ID, force=False)
SLUG = f"{PROJECT_ID}:api"


def test_a_service_is_registered_and_its_first_rollout_begins() -> None:
    given().when(registering()).then(registered(), started())


def test_without_a_workload_nothing_rolls_out() -> None:
    command = replace(registering(), workload=None)
    given().when(command).then(replace(registered(), workload=None))


def test_its_slug_is_taken_in_its_project_and_its_domain_everywhere() -> None:
    given().when(registering()).then_claimed(take("slug", SLUG))
    given().when(registering(custom_domain="API.example.com")).then_claimed(
        take("slug", SLUG), take("domain", "api.example.com")
    )


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("api", "api"),
        ("Llama_3-Serving", "llama-3-serving"),
        ("a__b", "a-b"),
        ("-a-", "a"),
        ("9", "9"),
        ("x" * 64, "x" * 63),
    ],
)
def test_the_host_label_is_made_of_the_name(name: str, slug: str) -> None:
    given().when(registering(name)).then(registered(name, slug), started())


@pytest.mark.parametrize("name", ["", "a b", "a.b", "é", "x" * 65, "---", "_", "a/b", "a\n"])
def test_a_name_is_of_few_characters_and_has_a_letter_or_digit(name: str) -> None:
    given().when(registering(name)).then_rejected(Invalid, field="name")


def test_a_project_that_is_not_there_has_no_services() -> None:
    for command in (registering(), revising(replicas_max=2), rollout(), REMOVE):
        given(*SETTLED).when(command, Facts()).then_rejected(
            NotFound, kind="project", key=PROJECT_ID
        )


def test_an_id_is_used_once() -> None:
    given(*SETTLED).when(registering()).then_rejected(Conflicting, state="exists")
    given(*SETTLED, REMOVED).when(registering()).then_rejected(Conflicting, state="exists")


def test_a_removal_gives_slug_and_domain_back_at_once() -> None:
    given(registered(custom_domain="api.example.com"), started()).when(REMOVE).then(
        REMOVED
    ).then_claimed(release("slug", SLUG), release("domain", "api.example.com"))


def test_a_removal_may_skip_the_drain_and_come_while_deploying() -> None:
    given(registered(), started()).when(replace(REMOVE, force=True)).then(
        replace(REMOVED, force=True)
    )


def test_what_was_removed_is_not_there_for_anything() -> None:
    for command in (revising(replicas_max=2), rollout(), REMOVE):
        for past in ((), (*SETTLED, REMOVED)):
            given(*past).when(command).then_rejected(NotFound, kind="service", key=SERVICE_ID)


def test_a_service_is_not_found_through_another_project() -> None:
    foreign = replace(REMOVE, project_id="9f" * 12)
    given(*SETTLED).when(foreign).then_rejected(NotFound, kind="service", key=SERVICE_ID)
