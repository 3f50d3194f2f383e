"""The hardware tier aggregate, put together for the shell. A tier's id is its stream's, so it is
unique for ever."""

from typing import get_args

from shared.domain.claim import Claim
from shared.domain.descriptor import Aggregate, Subject
from shared.domain.hardware_tier.commands import CreateHardwareTier, HardwareTierCommand
from shared.domain.hardware_tier.decide import decide
from shared.domain.hardware_tier.events import HardwareTierEvent
from shared.domain.hardware_tier.state import Absent, State, evolve


def subject(command: HardwareTierCommand) -> Subject:
    account_id = command.account_id if isinstance(command, CreateHardwareTier) else None
    return Subject(id=command.tier_id, account_id=account_id)


def claims(state: State, event: HardwareTierEvent) -> tuple[Claim, ...]:
    return ()


HARDWARE_TIER = Aggregate(
    stream_type="hardware_tier",
    commands=get_args(HardwareTierCommand),
    creating=(CreateHardwareTier,),
    events=get_args(HardwareTierEvent),
    initial=Absent(),
    evolve=evolve,
    decide=decide,
    subject=subject,
    claims=claims,
)
