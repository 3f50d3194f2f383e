"""What a project is to those who work in it: names, who sees it, goals, how it stands, its code."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as some

from shared.domain.claim import release, take
from shared.domain.facts import Facts
from shared.domain.project.aggregate import PROJECT
from shared.domain.project.commands import (
    AddGoal,
    CreateProject,
    RemoveGoal,
    RemoveProject,
    ReviseProject,
    SetGoal,
    SetProjectStanding,
    SetResultsBranch,
)
from shared.domain.project.events import (
    GoalAdded,
    GoalRemoved,
    GoalSet,
    ProjectCreated,
    ProjectRemoved,
    ProjectRevised,
    ProjectStandingSet,
    ResultsBranchSet,
)
from shared.domain.project.goal import GOALS_MAX
from shared.domain.project.repository import Repository, repository_rejection
from shared.domain.rejections import Conflicting, Incompatible, Invalid, NotFound
from tests.support.given import given

ID, ACCOUNT, GOAL, ANN = "1a" * 12, "2b" * 12, "3c" * 12, "4d" * 12
CREATE = CreateProject(
    project_id=ID,
    account_id=ACCOUNT,
    handle="churn-a1b2c",
    name="Churn",
    visibility="searchable",
    is_restricted=True,
    claims_name=True,
    repository=Repository(repository_id=GOAL, uri="https://git.example/acme/churn"),
    template="Classifier",
)
CREATED = ProjectCreated(
    project_id=ID,
    account_id=ACCOUNT,
    handle="churn-a1b2c",
    name="Churn",
    description="",
    is_home=False,
    visibility="searchable",
    is_restricted=True,
    claims_name=True,
    repository=CREATE.repository,
    template="Classifier",
)
ARCHIVED = ProjectRevised(
    project_id=ID, name="Churn", description="", archived=True, visibility="searchable"
)
ADD = AddGoal(project_id=ID, goal_id=GOAL, title="Ninety percent", description="On the holdout")
ADDED = GoalAdded(
    project_id=ID,
    goal_id=GOAL,
    title="Ninety percent",
    description="On the holdout",
    assignee_id=None,
    stage_id=None,
)
STAND = SetProjectStanding(
    project_id=ID, progress="active", is_blocked=True, blocked_reason="Waits for data"
)
STOOD = ProjectStandingSet(
    project_id=ID,
    progress="active",
    is_blocked=True,
    blocked_reason="Waits for data",
    completed_message=None,
)
NAME = take("project_name", "churn")


def test_a_name_is_claimed_with_the_project_whatever_its_case() -> None:
    given().when(CREATE).then(CREATED).then_claimed(take("handle", "churn-a1b2c"), NAME)


@pytest.mark.parametrize("name", ["My Project", "a\tb", "a/b", "", "x" * 201, "\u2003", "a\x00"])
def test_a_claimed_name_has_no_white_space_and_no_slash(name: str) -> None:
    given().when(replace(CREATE, name=name)).then_rejected(Invalid, field="name")


def test_a_name_that_is_not_claimed_blocks_nobody() -> None:
    free = replace(CREATE, name="My Project", claims_name=False)
    given().when(free).then(replace(CREATED, name="My Project", claims_name=False)).then_claimed(
        take("handle", "churn-a1b2c")
    )


def test_a_name_is_free_again_with_the_archive_and_taken_back_out_of_it() -> None:
    archive = ReviseProject(project_id=ID, archived=True)
    given(CREATED).when(archive).then(ARCHIVED).then_claimed(release("project_name", "churn"))
    back = ReviseProject(project_id=ID, archived=False)
    given(CREATED, ARCHIVED).when(back).then(replace(ARCHIVED, archived=False)).then_claimed(NAME)


def test_a_new_name_is_taken_for_the_old_one() -> None:
    given(CREATED).when(ReviseProject(project_id=ID, name="Leavers")).then(
        replace(ARCHIVED, name="Leavers", archived=False)
    ).then_claimed(release("project_name", "churn"), take("project_name", "leavers"))
    given(CREATED).when(ReviseProject(project_id=ID, name="CHURN")).then(
        replace(ARCHIVED, name="CHURN", archived=False)
    ).then_claimed()


def test_a_name_is_free_again_after_the_removal() -> None:
    removed = ProjectRemoved(project_id=ID)
    remove = RemoveProject(project_id=ID)
    given(CREATED).when(remove).then(removed).then_claimed(release("project_name", "churn"))
    given(CREATED, ARCHIVED).when(remove).then(removed).then_claimed()


def test_who_sees_it_changes_alone() -> None:
    given(CREATED).when(ReviseProject(project_id=ID, visibility="public")).then(
        replace(ARCHIVED, archived=False, visibility="public")
    )


def test_a_project_is_blocked_for_a_reason_and_complete_with_a_message() -> None:
    given(CREATED).when(STAND).then(STOOD)
    given(CREATED, STOOD).when(STAND).then_nothing_happened()
    open_again = SetProjectStanding(project_id=ID, progress="active", is_blocked=False)
    given(CREATED).when(open_again).then_nothing_happened()
    given(CREATED, STOOD).when(open_again).then(
        replace(STOOD, is_blocked=False, blocked_reason=None)
    )
    complete = replace(open_again, progress="complete", completed_message="Shipped")
    given(CREATED, STOOD).when(complete).then(
        replace(
            STOOD,
            progress="complete",
            is_blocked=False,
            blocked_reason=None,
            completed_message="Shipped",
        )
    )


@pytest.mark.parametrize(
    "command",
    [replace(STAND, is_blocked=False), replace(STAND, completed_message="Shipped")],
)
def test_a_reason_or_message_belongs_to_what_is_so(command: SetProjectStanding) -> None:
    given(CREATED).when(command).then_rejected(Incompatible)


def test_an_empty_reason_is_none() -> None:
    empty = replace(STAND, blocked_reason="", completed_message="")
    given(CREATED).when(empty).then(replace(STOOD, blocked_reason=None))


def test_results_go_to_the_main_branch_until_said_otherwise() -> None:
    isolated = SetResultsBranch(project_id=ID, branch="isolated")
    said = ResultsBranchSet(project_id=ID, branch="isolated")
    given(CREATED).when(replace(isolated, branch="main")).then_nothing_happened()
    given(CREATED).when(isolated).then(said)
    given(CREATED, said).when(isolated).then_nothing_happened()


def test_a_goal_is_added_reached_opened_again_and_removed() -> None:
    given(CREATED).when(ADD, Facts()).then(ADDED)
    given(CREATED, ADDED).when(ADD, Facts()).then_rejected(Conflicting, state="exists")
    reach = SetGoal(project_id=ID, goal_id=GOAL, is_complete=True)
    reached = GoalSet(project_id=ID, goal_id=GOAL, is_complete=True)
    given(CREATED, ADDED).when(reach).then(reached)
    given(CREATED, ADDED, reached).when(reach).then_nothing_happened()
    given(CREATED, ADDED, reached).when(replace(reach, is_complete=False)).then(
        replace(reached, is_complete=False)
    )
    remove, removed = (
        RemoveGoal(project_id=ID, goal_id=GOAL),
        GoalRemoved(project_id=ID, goal_id=GOAL),
    )
    given(CREATED, ADDED).when(remove).then(removed)
    for command in (remove, reach):
        given(CREATED, ADDED, removed).when(command).then_rejected(NotFound, kind="goal", key=GOAL)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 501}, "title"),
        ({"description": "x" * 2001}, "description"),
        ({"stage_id": "x" * 101}, "stageId"),
    ],
)
def test_a_goal_has_a_title_and_no_novel(change: dict[str, Any], field: str) -> None:
    given(CREATED).when(replace(ADD, **change), Facts()).then_rejected(Invalid, field=field)


def test_a_goal_is_given_to_somebody_who_lives() -> None:
    command = replace(ADD, assignee_id=ANN)
    given(CREATED).when(command, Facts()).then_rejected(NotFound, kind="principal", key=ANN)
    given(CREATED).when(command, Facts(principal_is_live=True)).then(
        replace(ADDED, assignee_id=ANN)
    )


def test_goals_are_bounded() -> None:
    many = tuple(replace(ADDED, goal_id=f"{n:024x}") for n in range(GOALS_MAX))
    given(CREATED, *many).when(ADD, Facts()).then_rejected(Conflicting, state="full")


@pytest.mark.parametrize(
    "uri",
    [
        "https://github.com/torvalds/linux",
        "http://git.example:3000/a/b.git",
        "ssh://git@git.example/a/b",
        "git@github.com:acme/churn.git",
        "acme/churn",
    ],
)
def test_a_repository_is_where_git_finds_it(uri: str) -> None:
    assert repository_rejection(Repository(repository_id=GOAL, uri=uri)) is None


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "linux",
        "https://user:secret@git.example/a/b",
        "https://git.example",
        "file:///etc/passwd",
        "/etc/passwd",
        "../etc/passwd/x",
        "https://git.example/a b",
        "ext::sh -c x",
        "https://git.example/" + "x" * 2000,
    ],
)
def test_what_is_no_url_or_holds_a_password_is_refused(uri: str) -> None:
    refused = replace(CREATE, repository=Repository(repository_id=GOAL, uri=uri))
    given().when(refused).then_rejected(Invalid, field="repository.uri")


@pytest.mark.parametrize(
    ("kind", "ref"),
    [
        ("head", "main"),
        ("branch", None),
        ("branch", "a..b"),
        ("branch", "-x"),
        ("tag", "a b"),
        ("commit", "main"),
        ("commit", "abc"),
    ],
)
def test_a_ref_is_named_as_its_kind_is(kind: Any, ref: str | None) -> None:
    named = Repository(repository_id=GOAL, uri="acme/churn", ref_kind=kind, ref=ref)
    assert isinstance(repository_rejection(named), Invalid)


COMMANDS = some.one_of(
    some.builds(
        ReviseProject,
        project_id=some.just(ID),
        name=some.sampled_from(["Churn", "Leavers"]),
        archived=some.booleans(),
        visibility=some.sampled_from(["private", "searchable", "public"]),
    ),
    some.builds(
        SetProjectStanding,
        project_id=some.just(ID),
        progress=some.sampled_from(["active", "complete"]),
        is_blocked=some.booleans(),
        blocked_reason=some.sampled_from([None, "", "why"]),
        completed_message=some.sampled_from([None, "", "done"]),
    ),
    some.builds(
        SetResultsBranch,
        project_id=some.just(ID),
        branch=some.sampled_from(["main", "isolated"]),
    ),
    some.builds(
        SetGoal, project_id=some.just(ID), goal_id=some.just(GOAL), is_complete=some.booleans()
    ),
)


@for_any(some.lists(COMMANDS, max_size=6), COMMANDS)
def test_deciding_twice_is_deciding_once(before: list[Any], command: Any) -> None:
    facts = Facts(principal_is_live=True)
    state = PROJECT.evolve(PROJECT.evolve(PROJECT.initial, CREATED), ADDED)
    for earlier in before:
        answer = PROJECT.decide(earlier, state, facts)
        for event in answer if isinstance(answer, tuple) else ():
            state = PROJECT.evolve(state, event)
    answer = PROJECT.decide(command, state, facts)
    if isinstance(answer, tuple):
        for event in answer:
            state = PROJECT.evolve(state, event)
        assert PROJECT.decide(command, state, facts) == ()
