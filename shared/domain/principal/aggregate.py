"""The principal aggregate, put together for the shell."""

from dataclasses import replace
from typing import Any, get_args

from shared.domain.claim import Claim, take
from shared.domain.descriptor import Aggregate, Subject
from shared.domain.principal.commands import (
    CreateOrganization,
    CreateServiceAccount,
    CreateUser,
    FoundOrganization,
    OpenSession,
    PrincipalCommand,
    RevisePrincipal,
    SetMember,
)
from shared.domain.principal.decide import decide, personal_rejection
from shared.domain.principal.events import (
    OrganizationCreated,
    PrincipalEvent,
    UserCreated,
)
from shared.domain.principal.state import Absent, Live, State, evolve
from shared.domain.rejections import Invalid
from shared.kernel.secrets import PlainText, SecretRef
from shared.kernel.unset import UNSET


def subject(command: PrincipalCommand) -> Subject:
    if isinstance(command, FoundOrganization):
        named = (command.founder_id, *(member for member, _ in command.members))
        return Subject(id=command.principal_id, principal_ids=named)
    needed = account_id = None
    if isinstance(command, CreateOrganization):
        needed = command.owner_id
    elif isinstance(command, CreateServiceAccount):
        needed = account_id = command.account_id
    elif isinstance(command, SetMember):
        needed = command.member_id
    return Subject(id=command.principal_id, principal_id=needed, account_id=account_id)


def claims(state: State, event: PrincipalEvent) -> tuple[Claim, ...]:
    # A handle is never released: it may not come to mean another account (DESIGN 4.1).
    if isinstance(event, UserCreated | OrganizationCreated):
        return (take("handle", event.handle),)
    return ()


def secrets(command: PrincipalCommand, state: State) -> tuple[tuple[str, str, PlainText], ...]:
    if isinstance(command, CreateUser | RevisePrincipal):
        plain = _personal(command, state)
        if isinstance(command.password, PlainText):
            plain["password"] = command.password
        return tuple((command.principal_id, name, text) for name, text in plain.items())
    if isinstance(command, OpenSession) and isinstance(command.proof, PlainText):
        # Under the same owner and name, so that equal hashes have equal macs.
        return ((command.principal_id, "password", command.proof),)
    return ()


def _personal(command: CreateUser | RevisePrincipal, state: State) -> dict[str, PlainText]:
    """A person's name and address; of an organization or a service account they are nobody's."""
    fields: dict[str, Any] = {"name": command.name, "email": command.email}
    if isinstance(command, RevisePrincipal):
        if not isinstance(state, Live) or state.kind != "user":
            return {}
        if any(value is not UNSET for value in fields.values()):
            # The event repeats what stays: from before the sealing that may be clear text.
            kept = {"name": state.name, "email": state.email}
            fields = {k: kept[k] if v is UNSET else v for k, v in fields.items()}
    return {name: PlainText(text=value) for name, value in fields.items() if isinstance(value, str)}


def unsealable(command: PrincipalCommand) -> Invalid | None:
    return (
        personal_rejection(command) if isinstance(command, CreateUser | RevisePrincipal) else None
    )


def sealed(command: PrincipalCommand, refs: dict[str, SecretRef]) -> PrincipalCommand:
    if isinstance(command, CreateUser):
        return replace(
            command,
            name=refs.get("name", command.name),
            email=refs.get("email", command.email),
            password=refs.get("password", command.password),
        )
    if isinstance(command, RevisePrincipal):
        return replace(
            command,
            name=refs.get("name", command.name),
            email=refs.get("email", command.email),
            password=refs.get("password", command.password),
        )
    if isinstance(command, OpenSession) and "password" in refs:
        return replace(command, proof=refs["password"])
    return command


PRINCIPAL = Aggregate(
    stream_type="principal",
    commands=get_args(PrincipalCommand),
    creating=(
        CreateUser,
        CreateOrganization,
        FoundOrganization,
        CreateServiceAccount,
    ),
    events=get_args(PrincipalEvent),
    initial=Absent(),
    evolve=evolve,
    decide=decide,
    subject=subject,
    claims=claims,
    secrets=secrets,
    unsealable=unsealable,
    sealed=sealed,
)
