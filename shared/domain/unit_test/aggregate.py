"""The unit test aggregate, put together for the shell: names are unique in a project."""

from typing import get_args

from shared.domain.claim import Claim, release, take
from shared.domain.descriptor import Aggregate, Subject
from shared.domain.unit_test.commands import CreateUnitTest, UnitTestCommand
from shared.domain.unit_test.decide import decide
from shared.domain.unit_test.events import UnitTestCreated, UnitTestDeleted, UnitTestEvent
from shared.domain.unit_test.state import Absent, Live, State, evolve


def subject(command: UnitTestCommand) -> Subject:
    return Subject(id=command.unit_test_id, project_id=command.project_id)


def claims(state: State, event: UnitTestEvent) -> tuple[Claim, ...]:
    if isinstance(event, UnitTestCreated):
        return (take("unit_test_name", f"{event.project_id}:{event.name}"),)
    if isinstance(event, UnitTestDeleted) and isinstance(state, Live):
        return (release("unit_test_name", f"{state.project_id}:{state.name}"),)
    return ()


UNIT_TEST = Aggregate(
    stream_type="unit_test",
    commands=get_args(UnitTestCommand),
    creating=(CreateUnitTest,),
    events=get_args(UnitTestEvent),
    initial=Absent(),
    evolve=evolve,
    decide=decide,
    subject=subject,
    claims=claims,
)
