"""The environment aggregate, put together for the shell: values of variables are secrets."""

from dataclasses import replace
from typing import get_args

from shared.domain.claim import Claim
from shared.domain.descriptor import Aggregate, Subject
from shared.domain.environment.commands import AddRevision, CreateEnvironment, EnvironmentCommand
from shared.domain.environment.decide import decide
from shared.domain.environment.events import EnvironmentEvent
from shared.domain.environment.revision import Variable, wrong_values
from shared.domain.environment.state import Absent, State, evolve
from shared.domain.rejections import Invalid
from shared.kernel.secrets import PlainText, SecretRef


def subject(command: EnvironmentCommand) -> Subject:
    needed = command.account_id if isinstance(command, CreateEnvironment) else None
    return Subject(id=command.environment_id, principal_id=needed, account_id=needed)


def claims(state: State, event: EnvironmentEvent) -> tuple[Claim, ...]:
    return ()


def _variables(command: EnvironmentCommand) -> tuple[Variable, ...]:
    return (
        command.revision.variables if isinstance(command, CreateEnvironment | AddRevision) else ()
    )


def secrets(command: EnvironmentCommand, state: State) -> tuple[tuple[str, str, PlainText], ...]:
    return tuple(
        (command.environment_id, variable.name, variable.value)
        for variable in _variables(command)
        if isinstance(variable.value, PlainText)
    )


def unsealable(command: EnvironmentCommand) -> Invalid | None:
    wrong = wrong_values(_variables(command))
    return None if wrong is None else Invalid(field=wrong[0], message=wrong[1])


def sealed(command: EnvironmentCommand, refs: dict[str, SecretRef]) -> EnvironmentCommand:
    if not isinstance(command, CreateEnvironment | AddRevision):
        return command
    variables = tuple(
        replace(variable, value=refs[variable.name]) if variable.name in refs else variable
        for variable in _variables(command)
    )
    return replace(command, revision=replace(command.revision, variables=variables))


ENVIRONMENT = Aggregate(
    stream_type="environment",
    commands=get_args(EnvironmentCommand),
    creating=(CreateEnvironment,),
    events=get_args(EnvironmentEvent),
    initial=Absent(),
    evolve=evolve,
    decide=decide,
    subject=subject,
    claims=claims,
    secrets=secrets,
    unsealable=unsealable,
    sealed=sealed,
)
