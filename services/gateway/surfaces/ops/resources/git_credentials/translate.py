"""Between `/ops` and the domain: git credentials."""

from services.gateway.surfaces.ops.resources.git_credentials import wire
from shared.domain.git_credential.commands import AddGitCredential
from shared.kernel.secrets import PlainText
from shared.kernel.time import format_rfc3339
from shared.queries.domino import GitCredentialDocument


def to_add(
    body: wire.AddGitCredential, *, git_credential_id: str, principal_id: str
) -> AddGitCredential:
    return AddGitCredential(
        git_credential_id=git_credential_id,
        principal_id=principal_id,
        name=body.name,
        domain=body.domain,
        secret=PlainText(text=body.secret),
        provider=body.provider,
        protocol=body.protocol,
        username=body.username,
    )


def from_document(document: GitCredentialDocument) -> wire.GitCredential:
    return wire.GitCredential(
        id=document.id,
        user_id=document.principal_id,
        name=document.name,
        domain=document.domain,
        provider=document.provider,
        protocol=document.protocol,
        username=document.username,
        fingerprint=document.fingerprint,
        created_at=format_rfc3339(document.created_at),
    )
