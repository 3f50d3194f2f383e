"""Goals of projects on the wire."""

from datetime import datetime

from pydantic import BaseModel

from services.gateway.surfaces.domino.wire import Body, Envelope


class NewGoal(Body):
    title: str
    description: str | None = None
    assigneeId: str | None = None
    stageId: str | None = None


class GoalForUpdate(Body):
    isComplete: bool


class Goal(BaseModel):
    id: str
    title: str
    description: str | None = None
    isComplete: bool
    projectId: str
    createdAt: datetime
    creatorId: str


class ProjectGoalEnvelope(Envelope):
    goal: Goal


class Goals(Envelope):
    goals: list[Goal]
