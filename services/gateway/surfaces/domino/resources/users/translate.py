"""From our principals to Domino's users: pure."""

from services.gateway.surfaces.domino.resources.users import wire
from shared.queries.domino import GitCredentialDocument
from shared.queries.identity import PrincipalDocument

# Nobody uploads pictures here.
NO_AVATAR = ""


def from_principal(principal: PrincipalDocument) -> wire.User:
    """One name is kept, not two: what is before its last word counts as the first."""
    first, _, last = principal.name.strip().rpartition(" ")
    return wire.User(
        id=principal.id,
        firstName=first.strip() or last,
        lastName=last if first else "",
        fullName=principal.name,
        # Service accounts have no handle.
        userName=principal.handle or principal.name,
        avatarUrl=NO_AVATAR,
        email=principal.email,
    )


def from_credential(credential: GitCredentialDocument) -> wire.GitCredential:
    return wire.GitCredential(
        id=credential.id,
        name=credential.name,
        gitServiceProvider=credential.provider,
        domain=credential.domain,
        fingerprint=credential.fingerprint,
        protocol=credential.protocol,
    )
