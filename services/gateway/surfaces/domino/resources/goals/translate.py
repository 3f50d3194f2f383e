"""Between Domino's goals and ours: pure, both ways."""

from services.gateway.surfaces.domino.resources.goals import wire
from shared.domain.project.commands import AddGoal
from shared.queries.domino import GoalDocument


def to_add(body: wire.NewGoal, *, project_id: str, goal_id: str) -> AddGoal:
    return AddGoal(
        project_id=project_id,
        goal_id=goal_id,
        title=body.title,
        description=body.description,
        assignee_id=body.assigneeId,
        stage_id=body.stageId,
    )


def from_goal(goal: GoalDocument) -> wire.Goal:
    return wire.Goal(
        id=goal.id,
        title=goal.title,
        description=goal.description,
        isComplete=goal.is_complete,
        projectId=goal.project_id,
        createdAt=goal.created_at,
        creatorId=goal.created_by,
    )
