"""Projects: handles, owners, collaborators, and the home that cannot be removed."""

from dataclasses import replace

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as some

from shared.domain.claim import take
from shared.domain.facts import Facts
from shared.domain.project.commands import (
    CreateProject,
    ProjectCommand,
    RemoveCollaborator,
    RemoveProject,
    ReviseProject,
    SetCollaborator,
)
from shared.domain.project.events import (
    CollaboratorRemoved,
    CollaboratorSet,
    ProjectCreated,
    ProjectRemoved,
    ProjectRevised,
)
from shared.domain.rejections import Conflicting, Invalid, NotFound
from shared.domain.roles import Role
from shared.kernel.names import RESERVED_HANDLES
from tests.support.given import given

PROJECT = "1a" * 12
ACCOUNT = "2b" * 12
ANN = "3c" * 12
CREATE = CreateProject(
    project_id=PROJECT, account_id=ACCOUNT, handle="models", name="Models", description="All"
)
CREATED = ProjectCreated(
    project_id=PROJECT,
    account_id=ACCOUNT,
    handle="models",
    name="Models",
    description="All",
    is_home=False,
)
SET = CollaboratorSet(project_id=PROJECT, principal_id=ANN, role="viewer")
REMOVED = ProjectRemoved(project_id=PROJECT)
CHANGES: tuple[ProjectCommand, ...] = (
    ReviseProject(project_id=PROJECT, name="Other"),
    SetCollaborator(project_id=PROJECT, principal_id=ANN, role="member"),
    RemoveCollaborator(project_id=PROJECT, principal_id=ANN),
    RemoveProject(project_id=PROJECT),
)


def test_a_project_is_created_and_takes_its_handle() -> None:
    given().when(CREATE).then(CREATED).then_claimed(take("handle", "models"))


def test_a_home_projects_handle_was_taken_with_its_owner() -> None:
    given().when(replace(CREATE, is_home=True)).then(replace(CREATED, is_home=True)).then_claimed()


def test_a_project_of_nobody_is_refused() -> None:
    given().when(CREATE, Facts()).then_rejected(NotFound, kind="principal", key=ACCOUNT)


def test_an_id_is_used_once() -> None:
    given(CREATED).when(CREATE).then_rejected(Conflicting, state="exists")
    given(CREATED, REMOVED).when(CREATE).then_rejected(Conflicting, state="exists")


@pytest.mark.parametrize("handle", ["a", "0", "a-b", "x" * 63, "acme-2"])
def test_a_handle_is_a_host_label(handle: str) -> None:
    given().when(replace(CREATE, handle=handle)).then(replace(CREATED, handle=handle))


@pytest.mark.parametrize(
    "handle", ["", "-a", "a-", "A", "a_b", "a.b", "x" * 64, "é", "a b", *sorted(RESERVED_HANDLES)]
)
def test_what_is_no_host_label_or_a_word_of_ours_is_refused(handle: str) -> None:
    given().when(replace(CREATE, handle=handle)).then_rejected(Invalid, field="handle")


@pytest.mark.parametrize("name", ["", "   ", "x" * 201])
def test_a_project_has_a_name_of_some_length(name: str) -> None:
    given().when(replace(CREATE, name=name)).then_rejected(Invalid, field="name")
    given(CREATED).when(ReviseProject(project_id=PROJECT, name=name)).then_rejected(
        Invalid, field="name"
    )


def test_a_description_has_its_limit() -> None:
    long = "x" * 10_001
    given().when(replace(CREATE, description=long)).then_rejected(Invalid, field="description")
    given().when(replace(CREATE, description=long[:-1])).then(
        replace(CREATED, description=long[:-1])
    )


def test_what_a_revision_does_not_mention_stays() -> None:
    given(CREATED).when(ReviseProject(project_id=PROJECT, description="")).then(
        ProjectRevised(project_id=PROJECT, name="Models", description="")
    )


def test_the_same_words_again_leave_no_trace() -> None:
    same = ReviseProject(project_id=PROJECT, name="Models", description="All")
    given(CREATED).when(same).then_nothing_happened()
    given(CREATED).when(ReviseProject(project_id=PROJECT)).then_nothing_happened()


def test_a_collaborator_is_set_and_changes_role() -> None:
    command = SetCollaborator(project_id=PROJECT, principal_id=ANN, role="viewer")
    given(CREATED).when(command).then(SET)
    given(CREATED, SET).when(command).then_nothing_happened()
    given(CREATED, SET).when(replace(command, role="admin")).then(replace(SET, role="admin"))


def test_nobody_collaborates_who_does_not_exist() -> None:
    command = SetCollaborator(project_id=PROJECT, principal_id=ANN, role="viewer")
    given(CREATED).when(command, Facts()).then_rejected(NotFound, kind="principal", key=ANN)


def test_a_collaborator_is_removed_once() -> None:
    command = RemoveCollaborator(project_id=PROJECT, principal_id=ANN)
    gone = CollaboratorRemoved(project_id=PROJECT, principal_id=ANN)
    given(CREATED, SET).when(command).then(gone)
    given(CREATED, SET, gone).when(command).then_nothing_happened()


def test_a_home_project_cannot_be_removed() -> None:
    given(replace(CREATED, is_home=True)).when(RemoveProject(project_id=PROJECT)).then_rejected(
        Conflicting, state="home"
    )


def test_a_removed_project_keeps_its_handle_from_all_others() -> None:
    given(CREATED).when(RemoveProject(project_id=PROJECT)).then(REMOVED).then_claimed()


@pytest.mark.parametrize("command", CHANGES, ids=lambda command: type(command).__name__)
def test_what_is_absent_or_removed_cannot_be_changed(command: ProjectCommand) -> None:
    for past in ((), (CREATED, SET, REMOVED)):
        given(*past).when(command).then_rejected(NotFound, kind="project", key=PROJECT)


roles = some.sampled_from(["owner", "admin", "member", "viewer"])


@for_any(
    some.one_of(
        some.builds(
            ReviseProject,
            project_id=some.just(PROJECT),
            name=some.text(max_size=300),
            description=some.text(max_size=20),
        ),
        some.builds(
            SetCollaborator,
            project_id=some.just(PROJECT),
            principal_id=some.sampled_from([ANN, ACCOUNT]),
            role=roles,
        ),
        some.builds(
            RemoveCollaborator,
            project_id=some.just(PROJECT),
            principal_id=some.sampled_from([ANN, ACCOUNT]),
        ),
    ),
    roles,
)
def test_deciding_twice_is_deciding_once(command: ProjectCommand, role: Role) -> None:
    given(CREATED, replace(SET, role=role)).when(command).then_again_nothing_happens()
