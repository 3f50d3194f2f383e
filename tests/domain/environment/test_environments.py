"""Environments: numbered revisions, one restricted at most, and what archiving ends."""

from dataclasses import replace
from typing import Any

import pytest

from services.command.follow_up import follow_ups
from shared.domain.environment.aggregate import ENVIRONMENT
from shared.domain.environment.commands import (
    AddRevision,
    ArchiveEnvironment,
    CreateEnvironment,
    EnvironmentCommand,
    RestrictRevision,
)
from shared.domain.environment.events import (
    EnvironmentArchived,
    EnvironmentCreated,
    RevisionAdded,
    RevisionRestricted,
)
from shared.domain.environment.revision import Revision, Variable
from shared.domain.execution.commands import RequestBuild
from shared.domain.facts import Facts
from shared.domain.rejections import Conflicting, Invalid, NotFound
from shared.kernel.secrets import PlainText, SecretRef
from tests.support.given import ACCOUNT_ID, given

ID, FIRST, SECOND = "1a" * 12, "2b" * 12, "3c" * 12
BUILDS = {FIRST: "4d" * 12, SECOND: "5e" * 12}
IDS: dict[str, Any] = {"environment_id": ID, "account_id": ACCOUNT_ID}
REVISION = Revision(image="python:3.11", dockerfile="RUN pip install numpy")
CREATED = EnvironmentCreated(
    **IDS, name="Python", description="", visibility="private", is_curated=False, is_default=False,
    duplicate_of=None,
)  # fmt: skip
ARCHIVED = EnvironmentArchived(environment_id=ID)


def added(revision_id: str = FIRST, number: int = 1) -> RevisionAdded:
    return RevisionAdded(
        **IDS, revision_id=revision_id, number=number, build_id=BUILDS[revision_id],
        revision=REVISION,
    )  # fmt: skip


def creating(revision: Revision = REVISION, **changes: Any) -> CreateEnvironment:
    values: dict[str, Any] = {"name": "Python", "visibility": "private", **changes}
    return CreateEnvironment(
        **IDS, revision_id=FIRST, build_id=BUILDS[FIRST], revision=revision, **values
    )


def adding(revision_id: str = SECOND) -> AddRevision:
    return AddRevision(
        **IDS, revision_id=revision_id, build_id=BUILDS[revision_id], revision=REVISION
    )


def restricting(revision_id: str = FIRST, *, to: bool = True) -> RestrictRevision:
    return RestrictRevision(**IDS, revision_id=revision_id, is_restricted=to)


def test_an_environment_is_made_with_its_first_revision_which_is_built() -> None:
    decided = given().when(creating())
    decided.then(CREATED, added())
    builds = [command for event in decided.answer for command in follow_ups(event)]
    assert builds == [
        RequestBuild(
            execution_id=BUILDS[FIRST], account_id=ACCOUNT_ID, environment_id=ID,
            revision_id=FIRST, number=1,
        )
    ]  # fmt: skip


def test_revisions_count_on() -> None:
    given(CREATED, added()).when(adding()).then(added(SECOND, 2))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("image", "no image"), ("dockerfile", "x" * 70_000), ("pre_run", "x" * 70_000),
        ("tags", ("",)), ("summary", "x" * 10_001), ("tools", ({},) * 51),
        ("variables", (Variable(name="1A", value=SecretRef(secret_id="a", mac="b")),)),
        ("variables", (Variable(name="A", value=SecretRef(secret_id="a", mac="b")),) * 2),
    ],
)  # fmt: skip
def test_a_part_out_of_bounds_is_named(field: str, value: Any) -> None:
    revision = replace(REVISION, **{field: value})
    given().when(creating(revision)).then_rejected(Invalid, field=field)


def test_values_of_variables_are_judged_before_they_are_sealed_and_then_are_references() -> None:
    large = Variable(name="A", value=PlainText(text="x" * 40_000))
    command = creating(replace(REVISION, variables=(large,)))
    assert isinstance(ENVIRONMENT.unsealable(command), Invalid)
    small = creating(replace(REVISION, variables=(Variable(name="A", value=PlainText(text="s")),)))
    assert ENVIRONMENT.secrets(small, ENVIRONMENT.initial) == ((ID, "A", PlainText(text="s")),)
    ref = SecretRef(secret_id="6f" * 12, mac="7a" * 32)
    sealed = ENVIRONMENT.sealed(small, {"A": ref})
    assert sealed.revision.variables == (Variable(name="A", value=ref),)


def test_an_environment_needs_a_name_and_a_live_account() -> None:
    given().when(creating(name=" ")).then_rejected(Invalid, field="name")
    given().when(creating(), Facts()).then_rejected(NotFound, kind="principal")
    given(CREATED, added()).when(creating()).then_rejected(Conflicting, state="exists")


def test_at_most_one_revision_is_restricted() -> None:
    past = (CREATED, added(), added(SECOND, 2))
    first = RevisionRestricted(environment_id=ID, revision_id=FIRST)
    given(*past).when(restricting()).then(first)
    given(*past, first).when(restricting(SECOND)).then(
        RevisionRestricted(environment_id=ID, revision_id=SECOND)
    )
    given(*past, first).when(restricting(to=False)).then(
        RevisionRestricted(environment_id=ID, revision_id=None)
    )
    given(*past, first).when(restricting(SECOND, to=False)).then_nothing_happened()
    given(CREATED, added()).when(restricting(SECOND)).then_rejected(NotFound, kind="revision")


def test_an_archived_environment_gets_no_revision_and_the_default_one_stays() -> None:
    past = (CREATED, added(), ARCHIVED)
    given(*past).when(adding()).then_rejected(Conflicting, state="removed")
    given(*past).when(restricting()).then_rejected(Conflicting, state="removed")
    default = replace(CREATED, is_default=True)
    given(default, added()).when(ArchiveEnvironment(**IDS)).then_rejected(Conflicting, state="used")


def test_another_accounts_environment_is_not_there() -> None:
    foreign = replace(adding(), account_id="ff" * 12)
    given(CREATED, added()).when(foreign).then_rejected(NotFound, kind="environment")


@pytest.mark.parametrize("command", [adding(), restricting(), ArchiveEnvironment(**IDS)])
def test_deciding_twice_is_deciding_once(command: EnvironmentCommand) -> None:
    decided = given(CREATED, added()).when(command)
    assert decided.answer
    decided.then_again_nothing_happens()
