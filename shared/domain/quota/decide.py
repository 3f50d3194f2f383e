"""The rules of quotas: any limits within bounds, also such as are less than what runs."""

from shared.domain.facts import Facts
from shared.domain.quota.commands import QuotaCommand
from shared.domain.quota.events import QuotaEvent, QuotaSet
from shared.domain.quota.state import State
from shared.domain.quotas import wrong_limit
from shared.domain.rejections import Invalid, NotFound, Rejection

Decision = tuple[QuotaEvent, ...] | Rejection


def decide(command: QuotaCommand, state: State, facts: Facts) -> Decision:
    if facts.project is None:
        return NotFound(kind="project", key=command.project_id)
    if (wrong := wrong_limit(command.quota)) is not None:
        return Invalid(field=wrong[0], message=wrong[1])
    if command.quota == state.quota:
        return ()
    return (QuotaSet(project_id=command.project_id, quota=command.quota),)
