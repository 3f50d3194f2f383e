"""The node aggregate, put together for the shell. A node's name is its stream's; its tenant is
whoever keeps the installation."""

from typing import get_args

from shared.domain.claim import Claim
from shared.domain.descriptor import Aggregate, Subject
from shared.domain.node.commands import NodeCommand
from shared.domain.node.decide import decide
from shared.domain.node.events import NodeEvent
from shared.domain.node.state import Absent, State, evolve


def subject(command: NodeCommand) -> Subject:
    return Subject(id=command.name, of_installation=True)


def claims(state: State, event: NodeEvent) -> tuple[Claim, ...]:
    return ()


NODE = Aggregate(
    stream_type="node",
    commands=get_args(NodeCommand),
    creating=(),
    events=get_args(NodeEvent),
    initial=Absent(),
    evolve=evolve,
    decide=decide,
    subject=subject,
    claims=claims,
)
