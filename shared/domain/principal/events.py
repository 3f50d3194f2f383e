"""What happened to a principal."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.roles import Role
from shared.kernel.secrets import Personal, SecretRef


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCreated:
    """`name` and `email` lie in the vault, under the user's own key."""

    principal_id: str
    home_project_id: str
    handle: str
    name: Personal
    email: Personal | None
    password: SecretRef | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationCreated:
    """`owner_id`, where given, is its first member, with the role `owner`."""

    principal_id: str
    home_project_id: str
    handle: str
    name: str
    owner_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccountCreated:
    principal_id: str
    account_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalRevised:
    """The name and address after the change; those of a user lie in the vault."""

    principal_id: str
    name: Personal
    email: Personal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged:
    principal_id: str
    password: SecretRef


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberSet:
    principal_id: str
    member_id: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRemoved:
    principal_id: str
    member_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalRemoved:
    principal_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOpened:
    """Somebody who knew the password signed in, or who held an API key: then `key_id` names it, and
    the session ends with it."""

    principal_id: str
    session_id: str
    expires_at: datetime
    key_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionClosed:
    """Signed out. A change of the password closes all of them without saying so."""

    principal_id: str
    session_id: str


PrincipalEvent = (
    UserCreated
    | OrganizationCreated
    | ServiceAccountCreated
    | PrincipalRevised
    | PasswordChanged
    | MemberSet
    | MemberRemoved
    | PrincipalRemoved
    | SessionOpened
    | SessionClosed
)
