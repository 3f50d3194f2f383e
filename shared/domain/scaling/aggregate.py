"""The scaling aggregate, put together for the shell: one stream a service, under its id."""

from typing import get_args

from shared.domain.claim import Claim
from shared.domain.descriptor import Aggregate, Subject
from shared.domain.scaling.commands import ScalingCommand
from shared.domain.scaling.decide import decide
from shared.domain.scaling.events import ScalingEvent
from shared.domain.scaling.state import State, evolve


def subject(command: ScalingCommand) -> Subject:
    return Subject(id=command.service_id, project_id=command.project_id)


def claims(state: State, event: ScalingEvent) -> tuple[Claim, ...]:
    return ()


SCALING = Aggregate(
    stream_type="scaling",
    commands=get_args(ScalingCommand),
    creating=(),
    events=get_args(ScalingEvent),
    initial=State(),
    evolve=evolve,
    decide=decide,
    subject=subject,
    claims=claims,
)
