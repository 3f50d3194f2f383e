"""The execution aggregate, put together for the shell."""

from typing import get_args

from shared.domain.claim import Claim
from shared.domain.descriptor import Aggregate, StartNeeds, Subject
from shared.domain.execution.commands import (
    AdvanceExecution,
    ConcludeExecution,
    ExecutionCommand,
    LinkGoal,
    RequestBuild,
    StartJob,
)
from shared.domain.execution.decide import decide
from shared.domain.execution.events import ExecutionEvent
from shared.domain.execution.state import Absent, State, evolve


def subject(command: ExecutionCommand) -> Subject:
    if isinstance(command, RequestBuild):
        return Subject(id=command.execution_id, account_id=command.account_id)
    if isinstance(command, AdvanceExecution | ConcludeExecution):
        return Subject(id=command.execution_id)
    return Subject(id=command.execution_id, project_id=command.project_id)


def claims(state: State, event: ExecutionEvent) -> tuple[Claim, ...]:
    return ()


def start_needs(command: ExecutionCommand) -> StartNeeds | None:
    match command:
        case StartJob():
            return StartNeeds(
                project_id=command.project_id,
                tier_id=command.tier_id,
                environment_id=command.environment_id,
            )
        case LinkGoal():
            return StartNeeds(project_id=command.project_id)
        case _:
            return None


EXECUTION = Aggregate(
    stream_type="execution",
    commands=get_args(ExecutionCommand),
    creating=(StartJob, RequestBuild),
    events=get_args(ExecutionEvent),
    initial=Absent(),
    evolve=evolve,
    decide=decide,
    subject=subject,
    claims=claims,
    start_needs=start_needs,
)
