"""The rules of git credentials. Whether the server takes one is known when it is used."""

import re
from typing import assert_never

from shared.domain.facts import Facts
from shared.domain.git_credential.commands import (
    AddGitCredential,
    GitCredentialCommand,
    RemoveGitCredential,
)
from shared.domain.git_credential.events import (
    GitCredentialAdded,
    GitCredentialEvent,
    GitCredentialRemoved,
)
from shared.domain.git_credential.state import Absent, Live, State
from shared.domain.rejections import Conflicting, Invalid, NotFound, Rejection
from shared.kernel.secrets import PlainText

Decision = tuple[GitCredentialEvent, ...] | Rejection

NAME_LENGTH_MAX = 200
SECRET_LENGTH_MAX = 16_384
_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[0-9]{1,5})?\Z")
_USERNAME = re.compile(r"[^\s:@/\x00-\x1f\x7f]{1,200}\Z")


def decide(command: GitCredentialCommand, state: State, facts: Facts) -> Decision:
    match command:
        case AddGitCredential():
            return _add(command, state, facts)
        case RemoveGitCredential():
            if not isinstance(state, Live) or state.principal_id != command.principal_id:
                return NotFound(kind="git_credential", key=command.git_credential_id)
            return (
                GitCredentialRemoved(
                    git_credential_id=command.git_credential_id, principal_id=state.principal_id
                ),
            )
        case _:
            assert_never(command)


def secret_rejection(secret: PlainText) -> Invalid | None:
    """Asked before it is sealed: then nobody can tell."""
    if not secret.text.strip() or len(secret.text) > SECRET_LENGTH_MAX:
        return Invalid(field="secret", message=f"must have 1 to {SECRET_LENGTH_MAX} characters")
    return None


def _add(command: AddGitCredential, state: State, facts: Facts) -> Decision:
    if not isinstance(state, Absent):
        return Conflicting(state="exists", message="A git credential with this id exists.")
    if not facts.principal_is_live:
        return NotFound(kind="principal", key=command.principal_id)
    if not command.name.strip() or len(command.name) > NAME_LENGTH_MAX:
        return Invalid(field="name", message=f"must have 1 to {NAME_LENGTH_MAX} characters")
    if not _DOMAIN.match(command.domain):
        return Invalid(field="domain", message="must be a host name in lower case")
    if command.username is not None and not _USERNAME.match(command.username):
        return Invalid(field="username", message="must be 1 to 200 characters a URL can hold")
    assert not isinstance(command.secret, PlainText), "sealed before the decision"
    return (
        GitCredentialAdded(
            git_credential_id=command.git_credential_id,
            principal_id=command.principal_id,
            name=command.name,
            domain=command.domain,
            secret=command.secret,
            provider=command.provider,
            protocol=command.protocol,
            username=command.username,
        ),
    )
