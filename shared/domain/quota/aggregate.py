"""The quota aggregate, put together for the shell: one stream a project, under its id."""

from shared.domain.claim import Claim
from shared.domain.descriptor import Aggregate, Subject
from shared.domain.quota.commands import QuotaCommand, SetQuota
from shared.domain.quota.decide import decide
from shared.domain.quota.events import QuotaEvent, QuotaSet
from shared.domain.quota.state import State, evolve


def subject(command: QuotaCommand) -> Subject:
    return Subject(id=command.project_id, project_id=command.project_id)


def claims(state: State, event: QuotaEvent) -> tuple[Claim, ...]:
    return ()


QUOTA = Aggregate(
    stream_type="quota",
    commands=(SetQuota,),
    creating=(),
    events=(QuotaSet,),
    initial=State(),
    evolve=evolve,
    decide=decide,
    subject=subject,
    claims=claims,
)
