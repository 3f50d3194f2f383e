"""The record aggregate, put together for the shell."""

from typing import get_args

from shared.domain.claim import Claim
from shared.domain.descriptor import Aggregate, Subject
from shared.domain.record.commands import DeclareRecord, RecordCommand
from shared.domain.record.decide import decide
from shared.domain.record.events import RecordEvent
from shared.domain.record.state import Absent, State, evolve


def subject(command: RecordCommand) -> Subject:
    return Subject(id=command.record_id, project_id=command.project_id)


def claims(state: State, event: RecordEvent) -> tuple[Claim, ...]:
    return ()


RECORD = Aggregate(
    stream_type="record",
    commands=get_args(RecordCommand),
    creating=(DeclareRecord,),
    events=get_args(RecordEvent),
    initial=Absent(),
    evolve=evolve,
    decide=decide,
    subject=subject,
    claims=claims,
)
