"""The watch aggregate, put together for the shell: one stream a service, under its id."""

from typing import get_args

from shared.domain.claim import Claim
from shared.domain.descriptor import Aggregate, Subject
from shared.domain.watch.commands import ReportWatch, WatchCommand
from shared.domain.watch.decide import decide
from shared.domain.watch.events import WatchEvent
from shared.domain.watch.state import State, evolve


def subject(command: WatchCommand) -> Subject:
    return Subject(id=command.service_id, project_id=command.project_id)


def claims(state: State, event: WatchEvent) -> tuple[Claim, ...]:
    return ()


WATCH = Aggregate(
    stream_type="watch",
    commands=(ReportWatch,),
    creating=(),
    events=get_args(WatchEvent),
    initial=State(),
    evolve=evolve,
    decide=decide,
    subject=subject,
    claims=claims,
)
