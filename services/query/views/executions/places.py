"""What an execution must know of its project: where its work comes from, where results go."""

from typing import Any

from services.query.view import Write
from shared.domain.project.events import (
    GoalAdded,
    GoalRemoved,
    GoalSet,
    ProjectCreated,
    ProjectRevised,
    ResultsBranchSet,
)
from shared.envelope.event import EventEnvelope
from shared.kernel.json import dumps


def of_place(event: object, envelope: EventEnvelope) -> tuple[Write, ...]:
    match event:
        case ProjectCreated():
            row = {
                "account_id": event.account_id,
                "handle": event.handle,
                "name": event.name,
                "repository": None if event.repository is None else dumps(event.repository),
            }
            return (_write("insert_place", envelope, **row),)
        case ProjectRevised():
            return (_write("change_place", envelope, name=event.name, results=None),)
        case ResultsBranchSet():
            return (_write("change_place", envelope, name=None, results=event.branch),)
        case GoalAdded():
            goal = {
                "title": event.title,
                "description": event.description,
                "stage_id": event.stage_id,
                "is_complete": False,
            }
            return (_goal(event.goal_id, envelope, goal),)
        case GoalSet():
            return (_goal(event.goal_id, envelope, {"is_complete": event.is_complete}),)
        case GoalRemoved():
            return (_goal(event.goal_id, envelope, None),)
        case _:
            return ()  # People, pins and the like: another view's.


def _goal(goal_id: str, envelope: EventEnvelope, goal: dict[str, Any] | None) -> Write:
    text = None if goal is None else dumps(goal)
    return _write("change_goal", envelope, goal_id=goal_id, goal=text)


def _write(statement: str, envelope: EventEnvelope, **row: Any) -> Write:
    return Write(
        statement=statement,
        key=envelope.stream_id,
        row={"id": envelope.stream_id, "position": envelope.position, **row},
    )
