"""What may be asked of a principal."""

from dataclasses import dataclass, field
from datetime import datetime

from shared.domain.roles import Role
from shared.kernel.secrets import Personal, PlainText, SecretRef
from shared.kernel.unset import UNSET, Unset


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateUser:
    """`home_project_id` becomes the id of the home project, whose handle is the user's own.

    `name` and `email` are sealed before the decision."""

    principal_id: str
    home_project_id: str
    handle: str
    name: Personal = field(repr=False)
    email: Personal | None = field(default=None, repr=False)
    password: PlainText | SecretRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateOrganization:
    principal_id: str
    home_project_id: str
    handle: str
    name: str
    owner_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundOrganization:
    """By whoever has signed in, for himself: the founder owns it. `members`: (principal, role)."""

    principal_id: str
    home_project_id: str
    handle: str
    name: str
    founder_id: str
    members: tuple[tuple[str, Role], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateServiceAccount:
    """`account_id` is the user or organization the service account works for."""

    principal_id: str
    account_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisePrincipal:
    """`name` and `email` are sealed before the decision where they are a user's."""

    principal_id: str
    name: Personal | Unset = field(default=UNSET, repr=False)
    email: Personal | Unset | None = field(default=UNSET, repr=False)
    password: PlainText | SecretRef | Unset = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMember:
    principal_id: str
    member_id: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveMember:
    principal_id: str
    member_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovePrincipal:
    """Ends it from now on: its credentials die, its handle is never given to another."""

    principal_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """`proof` is the password's hash as the gateway computed it from what somebody typed; it is
    compared under the vault's key, so nobody outside it ever holds the right one."""

    principal_id: str
    session_id: str
    proof: PlainText | SecretRef
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSessionByKey:
    """Whoever holds an API key signs in with it; the session lives no longer than the key."""

    principal_id: str
    session_id: str
    key_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseSession:
    principal_id: str
    session_id: str


PrincipalCommand = (
    CreateUser
    | CreateOrganization
    | FoundOrganization
    | CreateServiceAccount
    | RevisePrincipal
    | SetMember
    | RemoveMember
    | RemovePrincipal
    | OpenSession
    | OpenSessionByKey
    | CloseSession
)
