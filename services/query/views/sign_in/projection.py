"""sign_in: where the hash of each user's password lies in the vault."""

from services.query.view import Write
from shared.domain.principal.events import PasswordChanged, PrincipalRemoved, UserCreated
from shared.envelope.event import EventEnvelope
from shared.kernel.secrets import SecretRef


def project(event: object, envelope: EventEnvelope) -> tuple[Write, ...]:
    match event:
        case UserCreated():
            if event.password is None:
                return ()
            return (_inserted(event.principal_id, event.password, envelope),)
        case PasswordChanged():
            return (
                _closed(event.principal_id, envelope),
                _inserted(event.principal_id, event.password, envelope),
            )
        case PrincipalRemoved():
            return (_closed(event.principal_id, envelope),)
        case _:
            return ()


def _inserted(principal_id: str, password: SecretRef, envelope: EventEnvelope) -> Write:
    return Write(
        statement="insert_password",
        key=principal_id,
        row={
            "principal_id": principal_id,
            "position": envelope.position,
            "account_id": envelope.account_id,
            "secret_id": password.secret_id,
        },
    )


def _closed(principal_id: str, envelope: EventEnvelope) -> Write:
    row = {"principal_id": principal_id, "position": envelope.position}
    return Write(statement="close_password", key=principal_id, row=row)
