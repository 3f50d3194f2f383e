"""A goal of a project: what its people want to reach, and whether they have."""

from dataclasses import dataclass

from shared.domain.rejections import Conflicting, Invalid

GOALS_MAX = 1000
TITLE_LENGTH_MAX = 500
TEXT_LENGTH_MAX = 2000
STAGE_LENGTH_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """`stage_id` is the client's own word: stages are not kept here."""

    goal_id: str
    title: str
    description: str | None = None
    assignee_id: str | None = None
    stage_id: str | None = None
    is_complete: bool = False


def goal_rejection(goal: Goal, count: int) -> Invalid | Conflicting | None:
    if not goal.title.strip() or len(goal.title) > TITLE_LENGTH_MAX:
        return Invalid(field="title", message=f"must have 1 to {TITLE_LENGTH_MAX} characters")
    if goal.description is not None and len(goal.description) > TEXT_LENGTH_MAX:
        return Invalid(
            field="description", message=f"must have at most {TEXT_LENGTH_MAX} characters"
        )
    if goal.stage_id is not None and len(goal.stage_id) > STAGE_LENGTH_MAX:
        return Invalid(field="stageId", message=f"must have at most {STAGE_LENGTH_MAX} characters")
    if count >= GOALS_MAX:
        return Conflicting(state="full", message=f"A project has at most {GOALS_MAX} goals.")
    return None
