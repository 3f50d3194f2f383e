"""Goals of a project: added, reached, opened again, deleted."""

from typing import Any

from litestar import Request
from litestar.params import FromPath

from services.gateway.call import Call, call_of
from services.gateway.moments import Moment
from services.gateway.operation import operation
from services.gateway.surfaces.domino.auth import id_of, new_id
from services.gateway.surfaces.domino.envelope import Enveloped, enveloped, metadata
from services.gateway.surfaces.domino.reading import body_of
from services.gateway.surfaces.domino.resources.goals import translate, wire
from services.gateway.surfaces.domino.resources.projects.seen import project_of, shown_project
from services.gateway.surfaces.domino.statuses import READ, WRITE
from services.gateway.surfaces.domino.wire import Deleted
from shared.domain.project.commands import RemoveGoal, SetGoal
from shared.queries.domino import GetGoal, GoalDocument, GoalList, ListGoals

AnyRequest = Request[Any, Any, Any]


async def get_goals(projectId: FromPath[str], request: AnyRequest) -> Enveloped[wire.Goals]:
    call = call_of(request)
    goals = await _all(call, id_of(call, "project", projectId))
    shown = [translate.from_goal(goal) for goal in goals]
    return enveloped(call, wire.Goals(goals=shown, metadata=metadata(call)))


async def _all(call: Call, project_id: str) -> list[GoalDocument]:
    """Message after message, all of one moment."""
    found: list[GoalDocument] = []
    after: str | None = ""
    moment = call.moment
    while after is not None:
        question = ListGoals(project_id=project_id, after=after)
        answer = await call.answer(question, GoalList, moment=moment)
        found += answer.document.items
        after, moment = answer.document.next_after, Moment(position=answer.position)
    return found


async def add_goal(
    projectId: FromPath[str], request: AnyRequest
) -> Enveloped[wire.ProjectGoalEnvelope]:
    call = call_of(request)
    project = await project_of(call, projectId, may="project.edit")
    body = body_of(call, wire.NewGoal)
    goal_id = new_id(call, within=project.id, purpose="goal")
    accepted = await call.command(translate.to_add(body, project_id=project.id, goal_id=goal_id))
    return await _shown(call, project.id, goal_id, after=accepted.position)


async def update_goal(
    projectId: FromPath[str], goalId: FromPath[str], request: AnyRequest
) -> Enveloped[wire.ProjectGoalEnvelope]:
    call = call_of(request)
    project = await project_of(call, projectId, may="project.edit")
    goal_id = await _found(call, project.id, goalId)
    body = body_of(call, wire.GoalForUpdate)
    accepted = await call.command(
        SetGoal(project_id=project.id, goal_id=goal_id, is_complete=body.isComplete)
    )
    return await _shown(call, project.id, goal_id, after=accepted.position)


async def delete_goal(
    projectId: FromPath[str], goalId: FromPath[str], request: AnyRequest
) -> Enveloped[Deleted]:
    call = call_of(request)
    project = await project_of(call, projectId, may="project.edit")
    goal_id = id_of(call, "goal", goalId)
    accepted = await call.command(RemoveGoal(project_id=project.id, goal_id=goal_id))
    await shown_project(call, project.id, after=accepted.position)
    return enveloped(call, Deleted(success=True, metadata=metadata(call)))


async def _found(call: Call, project_id: str, goal_id: str) -> str:
    """404 before the body is looked at."""
    question = GetGoal(project_id=project_id, goal_id=id_of(call, "goal", goal_id))
    return (await call.find(question, GoalDocument)).id


async def _shown(
    call: Call, project_id: str, goal_id: str, *, after: int
) -> Enveloped[wire.ProjectGoalEnvelope]:
    question = GetGoal(project_id=project_id, goal_id=goal_id)
    goal = translate.from_goal(await call.ask(question, GoalDocument, after=after))
    return enveloped(call, wire.ProjectGoalEnvelope(goal=goal, metadata=metadata(call)))


_TAG = "Projects"
_MANY = "/api/projects/v1/projects/{projectId:str}/goals"
_ONE = f"{_MANY}/{{goalId:str}}"

HANDLERS = (
    *operation(
        "GET",
        _MANY,
        get_goals,
        summary="Get the goals of a project",
        tag=_TAG,
        refusals=READ,
        operation_id="getProjectGoals",
    ),
    *operation(
        "POST",
        _MANY,
        add_goal,
        summary="Add a goal to a project",
        tag=_TAG,
        body=wire.NewGoal,
        refusals=WRITE,
        operation_id="addGoalToProject",
    ),
    *operation(
        "PATCH",
        _ONE,
        update_goal,
        summary="Say whether a goal is reached",
        tag=_TAG,
        body=wire.GoalForUpdate,
        refusals=WRITE,
        operation_id="updateProjectGoal",
    ),
    *operation(
        "DELETE",
        _ONE,
        delete_goal,
        summary="Delete a goal",
        tag=_TAG,
        refusals=WRITE,
        operation_id="deleteProjectGoal",
    ),
)
