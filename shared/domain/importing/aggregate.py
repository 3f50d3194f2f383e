"""The import aggregate, put together for the shell."""

from typing import get_args

from shared.domain.claim import Claim
from shared.domain.descriptor import Aggregate, Subject
from shared.domain.importing.commands import BeginImport, ImportCommand
from shared.domain.importing.decide import decide
from shared.domain.importing.events import ImportEvent
from shared.domain.importing.state import Absent, State, evolve


def subject(command: ImportCommand) -> Subject:
    needed = command.account_id if isinstance(command, BeginImport) else None
    return Subject(id=command.import_id, principal_id=needed, account_id=needed)


def claims(state: State, event: ImportEvent) -> tuple[Claim, ...]:
    return ()


IMPORT = Aggregate(
    stream_type="import",
    commands=get_args(ImportCommand),
    creating=(BeginImport,),
    events=get_args(ImportEvent),
    initial=Absent(),
    evolve=evolve,
    decide=decide,
    subject=subject,
    claims=claims,
)
