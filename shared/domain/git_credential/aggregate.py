"""The git credential aggregate, put together for the shell."""

from dataclasses import replace
from typing import get_args

from shared.domain.claim import Claim
from shared.domain.descriptor import Aggregate, Secrets, Subject
from shared.domain.git_credential.commands import AddGitCredential, GitCredentialCommand
from shared.domain.git_credential.decide import decide, secret_rejection
from shared.domain.git_credential.events import GitCredentialEvent
from shared.domain.git_credential.state import Absent, State, evolve
from shared.domain.rejections import Invalid
from shared.kernel.secrets import PlainText, SecretRef

NAME_IN_VAULT = "git_credential"


def subject(command: GitCredentialCommand) -> Subject:
    needed = command.principal_id if isinstance(command, AddGitCredential) else None
    return Subject(id=command.git_credential_id, principal_id=needed, holder_id=needed)


def claims(state: State, event: GitCredentialEvent) -> tuple[Claim, ...]:
    return ()


def secrets(command: GitCredentialCommand, state: State) -> Secrets:
    """Under the person's key: what erases the person erases them."""
    if isinstance(command, AddGitCredential) and isinstance(command.secret, PlainText):
        return ((command.principal_id, NAME_IN_VAULT, command.secret),)
    return ()


def unsealable(command: GitCredentialCommand) -> Invalid | None:
    if isinstance(command, AddGitCredential) and isinstance(command.secret, PlainText):
        return secret_rejection(command.secret)
    return None


def sealed(command: GitCredentialCommand, refs: dict[str, SecretRef]) -> GitCredentialCommand:
    if isinstance(command, AddGitCredential) and NAME_IN_VAULT in refs:
        return replace(command, secret=refs[NAME_IN_VAULT])
    return command


GIT_CREDENTIAL = Aggregate(
    stream_type="git_credential",
    commands=get_args(GitCredentialCommand),
    creating=(AddGitCredential,),
    events=get_args(GitCredentialEvent),
    initial=Absent(),
    evolve=evolve,
    decide=decide,
    subject=subject,
    claims=claims,
    secrets=secrets,
    unsealable=unsealable,
    sealed=sealed,
)
