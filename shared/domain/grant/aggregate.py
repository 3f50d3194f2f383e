"""The grant aggregate, put together for the shell."""

from typing import get_args

from shared.domain.claim import Claim
from shared.domain.descriptor import Aggregate, Subject
from shared.domain.grant.commands import GiveGrant, GrantCommand
from shared.domain.grant.decide import decide
from shared.domain.grant.events import GrantEvent
from shared.domain.grant.state import Absent, State, evolve


def subject(command: GrantCommand) -> Subject:
    needed = command.principal_id if isinstance(command, GiveGrant) else None
    return Subject(id=command.grant_id, principal_id=needed, holder_id=needed)


def claims(state: State, event: GrantEvent) -> tuple[Claim, ...]:
    return ()


GRANT = Aggregate(
    stream_type="grant",
    commands=get_args(GrantCommand),
    creating=(GiveGrant,),
    events=get_args(GrantEvent),
    initial=Absent(),
    evolve=evolve,
    decide=decide,
    subject=subject,
    claims=claims,
)
