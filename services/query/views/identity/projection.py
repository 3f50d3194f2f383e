"""identity: principals, projects, API keys and grants, each as it was at every position.

Neither digests nor secrets come here; who may do what is the access index's business. A person's
name and address stand here in the clear, for they are searched and sorted by: an erasure overwrites
them in every row, and a view that is built anew finds them gone."""

from typing import Any

from services.query.view import Sealed, Write
from shared.domain.api_key.events import ApiKeyIssued, ApiKeyRevoked
from shared.domain.grant.events import GrantGiven, GrantRevoked
from shared.domain.principal.events import (
    MemberRemoved,
    MemberSet,
    OrganizationCreated,
    PrincipalRemoved,
    PrincipalRevised,
    ServiceAccountCreated,
    UserCreated,
)
from shared.domain.project.events import (
    CollaboratorRemoved,
    CollaboratorSet,
    GoalAdded,
    GoalRemoved,
    GoalSet,
    ProjectCreated,
    ProjectPinned,
    ProjectRemoved,
    ProjectRevised,
    ProjectShared,
    ProjectStandingSet,
    ProjectUnpinned,
    ProjectUnshared,
    ResultsBranchSet,
)
from shared.domain.vault.events import SecretsErased
from shared.envelope.event import EventEnvelope
from shared.kernel.json import dumps
from shared.kernel.secrets import ERASED, Personal, SecretRef


def project(event: object, envelope: EventEnvelope) -> tuple[Write, ...]:
    match envelope.stream_type:
        case "principal":
            return _of_principal(event, envelope)
        case "project":
            return _of_project(event, envelope)
        case "vault":
            return _of_vault(event, envelope)
        case _:
            return _of_key_or_grant(event, envelope)


def _of_principal(event: object, envelope: EventEnvelope) -> tuple[Write, ...]:
    match event:
        case UserCreated():
            return (
                _principal(event, envelope, kind="user", email=_personal(event.email, envelope)),
            )
        case OrganizationCreated():
            members = {event.owner_id: "owner"} if event.owner_id else {}
            return (_principal(event, envelope, kind="organization", members=dumps(members)),)
        case ServiceAccountCreated():
            return (
                _write(
                    "insert_principal",
                    envelope,
                    principal_id=event.principal_id,
                    kind="service_account",
                    handle=None,
                    name=event.name,
                    email=None,
                    account_id=event.account_id,
                    home_project_id=None,
                    members="{}",
                ),
            )
        case PrincipalRevised():
            return (
                _write(
                    "revise_principal",
                    envelope,
                    principal_id=event.principal_id,
                    name=_personal(event.name, envelope, erased=ERASED),
                    email=_personal(event.email, envelope),
                ),
            )
        case MemberSet():
            return (
                _write(
                    "set_member",
                    envelope,
                    principal_id=event.principal_id,
                    member_id=event.member_id,
                    role=event.role,
                ),
            )
        case MemberRemoved():
            return (
                _write(
                    "remove_member",
                    envelope,
                    principal_id=event.principal_id,
                    member_id=event.member_id,
                ),
            )
        case PrincipalRemoved():
            return (_write("close_principal", envelope, principal_id=event.principal_id),)
        case _:
            return ()  # A changed password shows nowhere but in the history.


def _principal(
    event: UserCreated | OrganizationCreated,
    envelope: EventEnvelope,
    *,
    kind: str,
    email: str | Sealed | None = None,
    members: str = "{}",
) -> Write:
    return _write(
        "insert_principal",
        envelope,
        principal_id=event.principal_id,
        kind=kind,
        handle=event.handle,
        name=_personal(event.name, envelope, erased=ERASED),
        email=email,
        account_id=event.principal_id,
        home_project_id=event.home_project_id,
        members=members,
    )


def _personal(
    value: Personal | None, envelope: EventEnvelope, *, erased: str | None = None
) -> str | Sealed | None:
    if not isinstance(value, SecretRef):
        return value
    return Sealed(account_id=envelope.account_id, secret_id=value.secret_id, erased=erased)


def _of_vault(event: object, envelope: EventEnvelope) -> tuple[Write, ...]:
    """In every row up to here, whatever moment it is of. Not all owners are persons."""
    if not isinstance(event, SecretsErased):
        raise TypeError(f"{envelope.type} is no event of the vault")
    return (
        Write(
            statement="erase_person",
            key=f"principal-{event.owner_id}",  # In order with what happened to the person.
            row={"principal_id": event.owner_id, "position": envelope.position, "erased": ERASED},
        ),
    )


def _of_project(event: object, envelope: EventEnvelope) -> tuple[Write, ...]:
    match event:
        case ProjectCreated():
            return (
                _write(
                    "insert_project",
                    envelope,
                    project_id=event.project_id,
                    account_id=event.account_id,
                    handle=event.handle,
                    name=event.name,
                    description=event.description,
                    is_home=event.is_home,
                ),
            )
        case ProjectRevised():
            return (
                _write(
                    "revise_project",
                    envelope,
                    project_id=event.project_id,
                    name=event.name,
                    description=event.description,
                ),
            )
        case CollaboratorSet():
            return (
                _write(
                    "set_collaborator",
                    envelope,
                    project_id=event.project_id,
                    principal_id=event.principal_id,
                    role=event.role,
                ),
            )
        case CollaboratorRemoved():
            return (
                _write(
                    "remove_collaborator",
                    envelope,
                    project_id=event.project_id,
                    principal_id=event.principal_id,
                ),
            )
        case ProjectRemoved():
            return (_write("close_project", envelope, project_id=event.project_id),)
        case ProjectPinned() | ProjectUnpinned() | ProjectShared() | ProjectUnshared():
            return ()  # Pins and shares are another view's.
        case ProjectStandingSet() | ResultsBranchSet() | GoalAdded() | GoalSet() | GoalRemoved():
            return ()  # So is how far a project has come.
        case _:
            raise TypeError(f"{envelope.type} is no event of a project")


def _of_key_or_grant(event: object, envelope: EventEnvelope) -> tuple[Write, ...]:
    match event:
        case ApiKeyIssued():
            return (
                _write(
                    "insert_api_key",
                    envelope,
                    key_id=event.key_id,
                    principal_id=event.principal_id,
                    name=event.name,
                    expires_at=event.expires_at,
                ),
            )
        case ApiKeyRevoked():
            return (_write("revoke_api_key", envelope, key_id=event.key_id),)
        case GrantGiven():
            return (
                _write(
                    "insert_grant",
                    envelope,
                    grant_id=event.grant_id,
                    principal_id=event.principal_id,
                    action=event.action,
                    resource=event.resource,
                ),
            )
        case GrantRevoked():
            return (_write("close_grant", envelope, grant_id=event.grant_id),)
        case _:
            raise TypeError(f"{envelope.type} is no event of a key or a grant")


def _write(statement: str, envelope: EventEnvelope, **row: Any) -> Write:
    return Write(
        statement=statement,
        key=envelope.stream,
        row={"position": envelope.position, "at": envelope.at, **row},
    )
