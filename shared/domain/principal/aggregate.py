"""The principal aggregate, put together for the shell."""

from dataclasses import replace
from typing import get_args

from shared.domain.claim import Claim, take
from shared.domain.descriptor import Aggregate, Subject
from shared.domain.principal.commands import (
    CreateOrganization,
    CreateServiceAccount,
    CreateUser,
    OpenSession,
    PrincipalCommand,
    RevisePrincipal,
    SetMember,
)
from shared.domain.principal.decide import decide
from shared.domain.principal.events import (
    OrganizationCreated,
    PrincipalEvent,
    UserCreated,
)
from shared.domain.principal.state import Absent, State, evolve
from shared.kernel.secrets import PlainText, SecretRef


def subject(command: PrincipalCommand) -> Subject:
    needed = None
    if isinstance(command, CreateOrganization):
        needed = command.owner_id
    elif isinstance(command, CreateServiceAccount):
        needed = command.account_id
    elif isinstance(command, SetMember):
        needed = command.member_id
    return Subject(id=command.principal_id, principal_id=needed)


def claims(state: State, event: PrincipalEvent) -> tuple[Claim, ...]:
    # A handle is never released: it may not come to mean another account (DESIGN 4.1).
    if isinstance(event, UserCreated | OrganizationCreated):
        return (take("handle", event.handle),)
    return ()


def secrets(command: PrincipalCommand) -> tuple[tuple[str, str, PlainText], ...]:
    if isinstance(command, CreateUser | RevisePrincipal) and isinstance(
        command.password, PlainText
    ):
        return ((command.principal_id, "password", command.password),)
    if isinstance(command, OpenSession) and isinstance(command.proof, PlainText):
        # Under the same owner and name, so that equal hashes have equal macs.
        return ((command.principal_id, "password", command.proof),)
    return ()


def sealed(command: PrincipalCommand, refs: dict[str, SecretRef]) -> PrincipalCommand:
    if isinstance(command, CreateUser | RevisePrincipal) and "password" in refs:
        return replace(command, password=refs["password"])
    if isinstance(command, OpenSession) and "password" in refs:
        return replace(command, proof=refs["password"])
    return command


PRINCIPAL = Aggregate(
    stream_type="principal",
    commands=get_args(PrincipalCommand),
    creating=(
        CreateUser,
        CreateOrganization,
        CreateServiceAccount,
    ),
    events=get_args(PrincipalEvent),
    initial=Absent(),
    evolve=evolve,
    decide=decide,
    subject=subject,
    claims=claims,
    secrets=secrets,
    sealed=sealed,
)
