"""The replica aggregate, put together for the shell."""

from typing import get_args

from shared.domain.claim import Claim
from shared.domain.descriptor import Aggregate, Subject
from shared.domain.replica.commands import RecordReplicaStarted, ReplicaCommand
from shared.domain.replica.decide import decide
from shared.domain.replica.events import ReplicaEvent
from shared.domain.replica.state import Absent, State, evolve


def subject(command: ReplicaCommand) -> Subject:
    return Subject(id=command.replica_id, project_id=command.project_id)


def claims(state: State, event: ReplicaEvent) -> tuple[Claim, ...]:
    return ()


REPLICA = Aggregate(
    stream_type="replica",
    commands=get_args(ReplicaCommand),
    creating=(RecordReplicaStarted,),
    events=get_args(ReplicaEvent),
    initial=Absent(),
    evolve=evolve,
    decide=decide,
    subject=subject,
    claims=claims,
)
