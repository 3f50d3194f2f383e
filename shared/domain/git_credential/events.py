"""What happened to a git credential."""

from dataclasses import dataclass
from typing import Literal

from shared.domain.git import Provider
from shared.kernel.secrets import SecretRef


@dataclass(frozen=True, slots=True, kw_only=True)
class GitCredentialAdded:
    git_credential_id: str
    principal_id: str
    name: str
    domain: str
    secret: SecretRef
    provider: Provider
    protocol: Literal["https", "ssh"]
    username: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GitCredentialRemoved:
    git_credential_id: str
    principal_id: str


GitCredentialEvent = GitCredentialAdded | GitCredentialRemoved
