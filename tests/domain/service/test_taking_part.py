"""Taking part in an architecture: names and slugs, partial changes, limits."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as some

from shared.domain.claim import release, take
from shared.domain.rejections import Conflicting, Invalid, NotFound
from shared.domain.service.commands import RegisterService, ReviseParticipation
from shared.domain.service.events import (
    ParticipationRevised,
    ServiceRegistered,
    ServiceRemoved,
    ServiceRevised,
)
from shared.domain.service.facets.participation import Participation, Topic
from tests.domain.service.office import FIRST, SERVICE_ID, SETTLED
from tests.support.given import PROJECT_ID, given

PAYS = Participation(category="Money", produces=(Topic(name="paid"),), extras={"a": "1"})
REGISTERING = RegisterService(
    service_id=SERVICE_ID,
    project_id=PROJECT_ID,
    deployment_id=FIRST,
    name="Pay",
    description="Takes money",
    participation=PAYS,
)
REGISTERED = ServiceRegistered(
    service_id=SERVICE_ID,
    project_id=PROJECT_ID,
    name="Pay",
    slug="pay",
    description="Takes money",
    labels=(),
    workload=None,
    participation=PAYS,
)
RENAMED = ServiceRevised(
    service_id=SERVICE_ID,
    name="Cash Desk",
    slug="cash-desk",
    description="Takes money",
    labels=(),
    changed=("name", "slug"),
)


def revising(**changes: Any) -> ReviseParticipation:
    return ReviseParticipation(service_id=SERVICE_ID, project_id=PROJECT_ID, **changes)


def revised(changed: str, **changes: Any) -> ParticipationRevised:
    return ParticipationRevised(
        service_id=SERVICE_ID, participation=replace(PAYS, **changes), changed=(changed,)
    )


def test_a_drawn_service_claims_the_slug_of_its_name() -> None:
    given().when(REGISTERING).then(REGISTERED).then_claimed(take("slug", f"{PROJECT_ID}:pay"))


def test_a_rename_moves_the_slug() -> None:
    given(REGISTERED).when(revising(name="Cash Desk")).then(RENAMED).then_claimed(
        release("slug", f"{PROJECT_ID}:pay"), take("slug", f"{PROJECT_ID}:cash-desk")
    )


def test_another_spelling_of_the_same_slug_claims_nothing() -> None:
    given(REGISTERED).when(revising(name="PAY")).then(
        replace(RENAMED, name="PAY", slug="pay", changed=("name",))
    ).then_claimed()


def test_a_name_that_is_deployed_cannot_become_another_host() -> None:
    given(*SETTLED).when(revising(name="other")).then_rejected(Conflicting, state="fixed")
    given(*SETTLED).when(revising(name="API")).then(
        replace(RENAMED, name="API", slug="api", description="", changed=("name",))
    )


def test_a_deployed_service_takes_part_when_somebody_draws_it_so() -> None:
    given(*SETTLED).when(revising(owner="A")).then(
        ParticipationRevised(
            service_id=SERVICE_ID, participation=Participation(owner="A"), changed=("owner",)
        )
    )


def test_what_a_change_does_not_mention_stays_and_none_clears() -> None:
    given(REGISTERED).when(revising(owner="A")).then(revised("owner", owner="A"))
    given(REGISTERED).when(revising(category=None)).then(revised("category", category=None))
    given(REGISTERED).when(revising(produces=())).then(revised("produces", produces=()))
    given(REGISTERED).when(revising(description="")).then(
        replace(RENAMED, name="Pay", slug="pay", description="", changed=("description",))
    )


def test_the_same_again_leaves_no_trace() -> None:
    same = revising(name="Pay", description="Takes money", category="Money", extras={"a": "1"})
    given(REGISTERED).when(same).then_nothing_happened()
    given(REGISTERED).when(revising()).then_nothing_happened()


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("name", {"name": "!!!"}),
        ("name", {"name": "x" * 61}),
        ("description", {"description": "x" * 201}),
        ("category", {"category": ""}),
        ("owner", {"owner": "x" * 61}),
        ("flows", {"flows": ("x" * 101,)}),
        ("consumes[0].name", {"consumes": (Topic(name=""),)}),
        ("produces[1].category", {"produces": (Topic(name="a"), Topic(name="b", category=""))}),
        ("extras", {"extras": {str(n): "" for n in range(21)}}),
        ("extras", {"extras": {"x" * 101: ""}}),
        ("extras", {"extras": {"k": "x" * 501}}),
    ],
)
def test_each_limit_is_named(field: str, changes: dict[str, Any]) -> None:
    given(REGISTERED).when(revising(**changes)).then_rejected(Invalid, field=field)
    if "name" in changes or "description" in changes:
        born = replace(REGISTERING, **changes)
    else:
        born = replace(REGISTERING, participation=replace(PAYS, **changes))
    given().when(born).then_rejected(Invalid, field=field)


def test_a_copy_of_a_service_born_elsewhere_may_have_its_long_name() -> None:
    long = replace(REGISTERING, name="x" * 100, naming="tailed")
    given().when(long).then(replace(REGISTERED, name="x" * 100, slug=f"{'x' * 50}-{'1a' * 6}"))


def test_what_was_removed_takes_part_in_nothing() -> None:
    gone = ServiceRemoved(service_id=SERVICE_ID, force=False)
    given(REGISTERED, gone).when(revising(owner="A")).then_rejected(NotFound, kind="service")


texts = some.one_of(some.none(), some.text(min_size=1, max_size=70))


@for_any(
    some.builds(
        ReviseParticipation,
        service_id=some.just(SERVICE_ID),
        project_id=some.just(PROJECT_ID),
        name=some.text(max_size=70),
        category=texts,
        owner=texts,
        consumes=some.lists(some.builds(Topic, name=some.text(max_size=5)), max_size=3).map(tuple),
    )
)
def test_deciding_twice_is_deciding_once(command: ReviseParticipation) -> None:
    given(REGISTERED).when(command).then_again_nothing_happens()
