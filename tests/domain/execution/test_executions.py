"""Executions: what may start, one way through the stages, one end; what people may do with them."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as forall
from hypothesis import strategies as st

from shared.domain.execution.commands import (
    AddTag,
    AdvanceExecution,
    ArchiveExecution,
    ConcludeExecution,
    ExecutionCommand,
    GitRef,
    LinkGoal,
    RemoveTag,
    RequestBuild,
    StartJob,
    StopExecution,
    UnlinkGoal,
)
from shared.domain.execution.decide import STAGES
from shared.domain.execution.events import (
    BuildRequested,
    ExecutionAdvanced,
    ExecutionConcluded,
    GoalLinked,
    JobRequested,
    StopRequested,
    TagAdded,
)
from shared.domain.facts import EnvironmentFacts, StartFacts, TierFacts
from shared.domain.rejections import Conflicting, Invalid, NotFound
from tests.support.given import ACCOUNT_ID, KIND_FACTS, PROJECT_ID, given

ID, ENVIRONMENT, REVISION, TAG, GOAL = ("1a" * 12, "2b" * 12, "3c" * 12, "4d" * 12, "5e" * 12)
IDS: dict[str, Any] = {"execution_id": ID, "project_id": PROJECT_ID}
START = StartFacts(
    goals=frozenset({GOAL}),
    tier=TierFacts(is_archived=False),
    environment=EnvironmentFacts(is_archived=False, revisions=(REVISION,)),
)
FACTS = replace(KIND_FACTS, start=START)
COMMIT = "0123456789abcdef0123456789abcdef01234567"
REQUESTED = JobRequested(
    **IDS, title="Train", command="train.py", tier_id="small", environment_id=ENVIRONMENT,
    revision_id=REVISION, commit="", ref=None, started_by=ACCOUNT_ID, snapshots_datasets=False,
    details={},
)  # fmt: skip


def starting(**changes: Any) -> StartJob:
    values: dict[str, Any] = {
        "title": "Train", "command": "train.py", "tier_id": "small", "environment_id": ENVIRONMENT,
        "revision_id": REVISION, "started_by": ACCOUNT_ID, **changes,
    }  # fmt: skip
    return StartJob(**IDS, **values)


def advanced(stage: Any, commit: str = "") -> ExecutionAdvanced:
    return ExecutionAdvanced(**IDS, stage=stage, commit=commit, message="")


def concluded(outcome: Any = "succeeded", **values: Any) -> ExecutionConcluded:
    told: dict[str, Any] = {
        "reason": "", "message": "", "code": None, "signal": None, "cpu_percent": None,
        "memory_bytes": None, "seconds": None, "output_commit": "", "branch": "", "stats": (),
        "log_tail": (), **values,
    }  # fmt: skip
    return ExecutionConcluded(**IDS, outcome=outcome, **told)


def advancing(stage: Any, commit: str = "") -> AdvanceExecution:
    return AdvanceExecution(execution_id=ID, stage=stage, commit=commit)


def test_a_job_is_taken_where_project_tier_and_environment_stand_open() -> None:
    given().when(starting(), FACTS).then(REQUESTED)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("command", " "), ("command", "x" * 10_001), ("title", "x" * 501), ("commit", "main"),
        ("ref", GitRef(kind="what", value="main")), ("ref", GitRef(kind="branches", value="")),
        ("ref", GitRef(kind="branches", value="-a")), ("ref", GitRef(kind="tags", value="a..b")),
        ("ref", GitRef(kind="commitId", value="abc")),
    ],
)  # fmt: skip
def test_what_is_wrong_by_itself_is_named(field: str, value: Any) -> None:
    given().when(starting(**{field: value}), FACTS).then_rejected(Invalid, field=field)


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (replace(START, tier=None), NotFound),
        (replace(START, tier=TierFacts(is_archived=True)), Conflicting),
        (replace(START, environment=None), NotFound),
        (replace(START, environment=EnvironmentFacts(is_archived=False, revisions=())), NotFound),
        (
            replace(START, environment=EnvironmentFacts(is_archived=True, revisions=(REVISION,))),
            Conflicting,
        ),
    ],
)
def test_nothing_starts_where_tier_or_environment_do_not_take_it(
    start: StartFacts, kind: type
) -> None:
    given().when(starting(), replace(FACTS, start=start)).then_rejected(kind)


@pytest.mark.parametrize("field", ["is_archived", "is_blocked", "is_restricted"])
def test_nothing_starts_where_the_project_does_not_take_it(field: str) -> None:
    assert FACTS.project is not None
    changes: dict[str, Any] = {field: True}
    facts = replace(FACTS, project=replace(FACTS.project, **changes))
    given().when(starting(), facts).then_rejected(Conflicting)


def test_a_restricted_project_uses_the_restricted_revision() -> None:
    assert FACTS.project is not None
    environment = EnvironmentFacts(is_archived=False, revisions=(REVISION,), restricted=REVISION)
    facts = replace(
        FACTS,
        project=replace(FACTS.project, is_restricted=True),
        start=replace(START, environment=environment),
    )
    given().when(starting(), facts).then(REQUESTED)


def test_the_scheduler_is_told_no_where_it_was_stopped_while_it_waited() -> None:
    stop = given(REQUESTED).when(StopExecution(**IDS))
    ended = concluded("stopped", reason="stopped", message="It was stopped before it began.")
    stop.then(StopRequested(**IDS, keeps_results=True), ended)
    given(REQUESTED, *stop.answer).when(advancing("pulling")).then_rejected(
        Conflicting, state="superseded"
    )


def test_what_runs_is_asked_to_stop_and_ends_when_the_scheduler_says_so() -> None:
    asked = StopRequested(**IDS, keeps_results=False)
    past = (REQUESTED, advanced("running"))
    given(*past).when(StopExecution(**IDS, keeps_results=False)).then(asked)
    end = ConcludeExecution(execution_id=ID, outcome="stopped")
    given(*past, asked).when(end).then(concluded("stopped"))
    given(*past, concluded()).when(StopExecution(**IDS)).then_nothing_happened()


def test_a_commit_that_becomes_known_is_kept_without_going_back() -> None:
    past = (REQUESTED, advanced("running"))
    given(*past).when(advancing("pulling", COMMIT)).then(advanced("running", COMMIT))
    given(*past).when(advancing("pulling")).then_nothing_happened()


def test_a_build_belongs_to_no_project_so_nobody_stops_it_through_one() -> None:
    built = BuildRequested(
        execution_id=ID, account_id=ACCOUNT_ID, environment_id=ENVIRONMENT, revision_id=REVISION,
        number=1,
    )  # fmt: skip
    request = RequestBuild(
        execution_id=ID, account_id=ACCOUNT_ID, environment_id=ENVIRONMENT, revision_id=REVISION,
        number=1,
    )  # fmt: skip
    given().when(request).then(built)
    given(built).when(request).then_nothing_happened()
    given(built).when(StopExecution(**IDS)).then_rejected(NotFound)


@pytest.mark.parametrize(
    "command",
    [StopExecution(**IDS), AddTag(**IDS, tag_id=TAG, name="a"), ArchiveExecution(**IDS)],
)
def test_a_job_of_another_project_is_not_there(command: Any) -> None:
    foreign = replace(command, project_id="ff" * 12)
    given(REQUESTED).when(foreign).then_rejected(NotFound, kind="execution")
    given().when(command).then_rejected(NotFound)


def test_tags_are_named_once_and_taken_off_by_their_id() -> None:
    added = TagAdded(**IDS, tag_id=TAG, name="nightly")
    given(REQUESTED).when(AddTag(**IDS, tag_id=TAG, name="nightly")).then(added)
    again = AddTag(**IDS, tag_id="6f" * 12, name="nightly")
    given(REQUESTED, added).when(again).then_nothing_happened()
    given(REQUESTED).when(AddTag(**IDS, tag_id=TAG, name=" ")).then_rejected(Invalid)
    given(REQUESTED).when(RemoveTag(**IDS, tag_id=TAG)).then_rejected(NotFound, kind="tag")


def test_only_goals_of_the_project_are_linked() -> None:
    linked = GoalLinked(**IDS, goal_id=GOAL)
    given(REQUESTED).when(LinkGoal(**IDS, goal_id=GOAL), FACTS).then(linked)
    other = LinkGoal(**IDS, goal_id="ff" * 12)
    given(REQUESTED).when(other, FACTS).then_rejected(NotFound, kind="goal")
    given(REQUESTED).when(UnlinkGoal(**IDS, goal_id=GOAL)).then_rejected(NotFound, kind="goal")


def test_only_what_is_over_is_archived() -> None:
    given(REQUESTED).when(ArchiveExecution(**IDS)).then_rejected(Conflicting)
    given(REQUESTED, concluded()).when(ArchiveExecution(**IDS)).then_again_nothing_happens()


COMMANDS: st.SearchStrategy[ExecutionCommand] = st.one_of(
    st.builds(advancing, st.sampled_from(STAGES), st.sampled_from(["", COMMIT])),
    st.builds(
        lambda outcome: ConcludeExecution(execution_id=ID, outcome=outcome),
        st.sampled_from(["succeeded", "failed", "stopped", "error"]),
    ),
    st.builds(lambda keeps: StopExecution(**IDS, keeps_results=keeps), st.booleans()),
    st.sampled_from(
        [
            AddTag(**IDS, tag_id=TAG, name="a"),
            LinkGoal(**IDS, goal_id=GOAL),
            ArchiveExecution(**IDS),
        ]
    ),
)


@forall(st.lists(COMMANDS, max_size=12))
def test_whatever_is_said_in_whatever_order_it_ends_once_and_never_goes_back(
    commands: list[ExecutionCommand],
) -> None:
    past: tuple[Any, ...] = (REQUESTED,)
    for command in commands:
        decided = given(*past).when(command, FACTS)
        decided.then_again_nothing_happens()
        if isinstance(decided.answer, tuple):
            past = (*past, *decided.answer)
    stages = [STAGES.index(event.stage) for event in past if isinstance(event, ExecutionAdvanced)]
    assert stages == sorted(stages)
    ends = [place for place, event in enumerate(past) if isinstance(event, ExecutionConcluded)]
    assert len(ends) <= 1
    if ends:
        after = past[ends[0] + 1 :]
        assert not any(isinstance(event, ExecutionAdvanced | StopRequested) for event in after)
