"""What may be asked of a git credential."""

from dataclasses import dataclass
from typing import Literal

from shared.domain.git import Provider
from shared.kernel.secrets import PlainText, SecretRef

Protocol = Literal["https", "ssh"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddGitCredential:
    """`secret` is a token or password (https) or a private key (ssh) for `domain`."""

    git_credential_id: str
    principal_id: str
    name: str
    domain: str
    secret: PlainText | SecretRef
    provider: Provider = "unknown"
    protocol: Protocol = "https"
    username: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveGitCredential:
    git_credential_id: str
    principal_id: str


GitCredentialCommand = AddGitCredential | RemoveGitCredential
