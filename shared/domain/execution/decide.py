"""The rules of executions: one way through the stages, one end, and nothing new where it is over.

What the scheduler reports may be told twice; "already so" is an answer. That it may still begin
something is asked of this stream: what was stopped while it waited is refused its first stage."""

from typing import assert_never, get_args

from shared.domain.execution.commands import (
    AddTag,
    AdvanceExecution,
    ArchiveExecution,
    ConcludeExecution,
    ExecutionCommand,
    LinkGoal,
    RemoveTag,
    RequestBuild,
    Stage,
    StartJob,
    StopExecution,
    UnlinkGoal,
)
from shared.domain.execution.events import (
    BuildRequested,
    ExecutionAdvanced,
    ExecutionArchived,
    ExecutionConcluded,
    ExecutionEvent,
    GoalLinked,
    GoalUnlinked,
    StopRequested,
    TagAdded,
    TagRemoved,
)
from shared.domain.execution.start import start
from shared.domain.execution.state import Absent, Known, State
from shared.domain.facts import Facts
from shared.domain.rejections import Conflicting, Invalid, NotFound, Rejection

Decision = tuple[ExecutionEvent, ...] | Rejection

STAGES: tuple[Stage, ...] = get_args(Stage)
TAG_MAX, TAGS_MAX = 100, 100


def decide(command: ExecutionCommand, state: State, facts: Facts) -> Decision:
    match command:
        case StartJob():
            return start(command, state, facts)
        case RequestBuild():
            return _request_build(command, state)
    if isinstance(state, Absent):
        return NotFound(kind="execution", key=command.execution_id)
    match command:
        case AdvanceExecution():
            return _advance(command, state)
        case ConcludeExecution():
            return () if state.outcome is not None else (_concluded(command, state),)
    if state.project_id is None or state.project_id != command.project_id:
        return NotFound(kind="execution", key=command.execution_id)
    return _of_people(command, state, state.project_id, facts)


def _request_build(command: RequestBuild, state: State) -> Decision:
    if not isinstance(state, Absent):
        return ()  # A follow-up that was given before.
    return (
        BuildRequested(
            execution_id=command.execution_id,
            account_id=command.account_id,
            environment_id=command.environment_id,
            revision_id=command.revision_id,
            number=command.number,
        ),
    )


def _advance(command: AdvanceExecution, state: Known) -> Decision:
    if state.outcome is not None:
        return Conflicting(state="superseded", message=f"The execution has {state.outcome}.")
    is_later = STAGES.index(command.stage) > STAGES.index(state.stage)
    if not is_later and command.commit in ("", state.commit):
        return ()
    return (
        ExecutionAdvanced(
            execution_id=command.execution_id,
            project_id=state.project_id,
            stage=command.stage if is_later else state.stage,
            commit=command.commit,
            message=command.message,
            node=command.node,
        ),
    )


def _concluded(command: ConcludeExecution, state: Known) -> ExecutionConcluded:
    return ExecutionConcluded(
        execution_id=command.execution_id,
        project_id=state.project_id,
        outcome=command.outcome,
        reason=command.reason,
        message=command.message,
        code=command.code,
        signal=command.signal,
        cpu_percent=command.cpu_percent,
        memory_bytes=command.memory_bytes,
        seconds=command.seconds,
        output_commit=command.output_commit,
        branch=command.branch,
        stats=command.stats,
        log_tail=command.log_tail,
        image=command.image,
    )


def _of_people(
    command: StopExecution | AddTag | RemoveTag | LinkGoal | UnlinkGoal | ArchiveExecution,
    state: Known,
    project_id: str,
    facts: Facts,
) -> Decision:
    id_ = command.execution_id
    match command:
        case StopExecution():
            return _stop(command, state)
        case AddTag():
            return _tag(command, state)
        case RemoveTag():
            if command.tag_id not in state.tags:
                return NotFound(kind="tag", key=command.tag_id)
            return (TagRemoved(execution_id=id_, project_id=project_id, tag_id=command.tag_id),)
        case LinkGoal():
            if command.goal_id in state.goals:
                return ()
            if facts.start is None or command.goal_id not in facts.start.goals:
                return NotFound(kind="goal", key=command.goal_id)
            return (GoalLinked(execution_id=id_, project_id=project_id, goal_id=command.goal_id),)
        case UnlinkGoal():
            if command.goal_id not in state.goals:
                return NotFound(kind="goal", key=command.goal_id)
            return (GoalUnlinked(execution_id=id_, project_id=project_id, goal_id=command.goal_id),)
        case ArchiveExecution():
            if state.outcome is None:
                message = "Only an execution that is over can be archived."
                return Conflicting(state="used", message=message)
            if state.is_archived == command.is_archived:
                return ()
            return (
                ExecutionArchived(
                    execution_id=id_, project_id=project_id, is_archived=command.is_archived
                ),
            )
        case _:
            assert_never(command)


def _stop(command: StopExecution, state: Known) -> Decision:
    """What only waits is over at once: nothing has to be ended first."""
    if state.outcome is not None or state.is_stopping:
        return ()
    asked = StopRequested(
        execution_id=command.execution_id,
        project_id=command.project_id,
        keeps_results=command.keeps_results,
    )
    if state.stage != "queued":
        return (asked,)
    ended = ConcludeExecution(
        execution_id=command.execution_id,
        outcome="stopped",
        reason="stopped",
        message="It was stopped before it began.",
    )
    return (asked, _concluded(ended, state))


def _tag(command: AddTag, state: Known) -> Decision:
    if not command.name.strip() or len(command.name) > TAG_MAX:
        return Invalid(field="tag", message=f"must have 1 to {TAG_MAX} characters")
    if command.name in state.tags.values():
        return ()  # The tag that is there keeps its id.
    if len(state.tags) >= TAGS_MAX:
        return Invalid(field="tag", message=f"is one more than the {TAGS_MAX} a job may have")
    return (
        TagAdded(
            execution_id=command.execution_id,
            project_id=command.project_id,
            tag_id=command.tag_id,
            name=command.name,
        ),
    )
