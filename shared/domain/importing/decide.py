"""The rules of imports. Whether a file may be taken in is found out while it is read."""

from typing import assert_never

from shared.domain.facts import Facts
from shared.domain.importing.commands import (
    BeginImport,
    CompleteImport,
    ImportCommand,
    RefuseImport,
)
from shared.domain.importing.events import (
    ImportBegun,
    ImportCompleted,
    ImportEvent,
    ImportRefused,
)
from shared.domain.importing.state import Absent, Ended, State
from shared.domain.rejections import Conflicting, NotFound, Rejection

Decision = tuple[ImportEvent, ...] | Rejection


def decide(command: ImportCommand, state: State, facts: Facts) -> Decision:
    if isinstance(command, BeginImport):
        return _begin(command, state)
    if isinstance(state, Absent):
        return NotFound(kind="import", key=command.import_id)
    if isinstance(state, Ended):
        return ()  # Told twice after a crash.
    match command:
        case CompleteImport():
            return (
                ImportCompleted(
                    import_id=command.import_id,
                    of_account=command.of_account,
                    events=command.events,
                    streams=command.streams,
                    first_position=command.first_position,
                    last_position=command.last_position,
                    sha256=command.sha256,
                    key=command.key,
                    deploys=command.deploys,
                ),
            )
        case RefuseImport():
            return (
                ImportRefused(
                    import_id=command.import_id,
                    code=command.code,
                    message=command.message,
                    line=command.line,
                    position=command.position,
                ),
            )
        case _:
            assert_never(command)


def _begin(command: BeginImport, state: State) -> Decision:
    if not isinstance(state, Absent):
        return Conflicting(state="exists", message="An import with this id exists.")
    return (ImportBegun(import_id=command.import_id, account_id=command.account_id),)
