"""Who and where: principals, projects, keys and grants."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Kind = Literal["user", "organization", "service_account"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Authenticate:
    """Which live credential has this keyed digest. Rejected(Unauthenticated) for all else."""

    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticateKey:
    """The same for a live key by its id, read by the gateway in a token that it has signed."""

    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoAmI:
    """The asker, as `Authenticate` would tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerDocument:
    """`accounts` are the ids of the caller's own account and of those it is a member of."""

    principal_id: str
    kind: Kind
    handle: str | None
    name: str
    key_id: str
    key_name: str
    key_expires_at: datetime | None
    is_installation_admin: bool
    accounts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GetPrincipal:
    """By id or by handle."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPrincipals:
    kind: Kind | None = None
    page: int = 1
    per_page: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPeople:
    """Users whom the asker may see: himself, those of his organizations, and those who work with
    him in a project. Oldest first."""

    offset: int = 0
    limit: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOrganizations:
    """The asker's own, or all (`everyones`: the installation's admin only). `name` is the whole
    name, `name_part` is found in any case."""

    everyones: bool = False
    name: str | None = None
    name_part: str | None = None
    offset: int = 0
    limit: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalDocument:
    """`may` names what the asker may do to it, where one is asked for by itself."""

    id: str
    kind: Kind
    handle: str | None
    name: str
    email: str | None
    account_id: str
    home_project_id: str | None
    members: tuple[tuple[str, str], ...]  # (principal id, role)
    created_at: datetime
    updated_at: datetime
    may: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalPage:
    items: tuple[PrincipalDocument, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GetProject:
    """By id or by handle. NotFound where it is absent; Forbidden where it exists unseen (handles
    are public by decision, DESIGN 4.1)."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListProjects:
    account_id: str | None = None
    page: int = 1
    per_page: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectDocument:
    """`may` are the actions the asker has here, sorted."""

    id: str
    account_id: str
    handle: str
    name: str
    description: str
    is_home: bool
    collaborators: tuple[tuple[str, str], ...]
    created_at: datetime
    updated_at: datetime
    may: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectPage:
    items: tuple[ProjectDocument, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GetApiKey:
    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListApiKeys:
    principal_id: str | None = None
    page: int = 1
    per_page: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyDocument:
    id: str
    principal_id: str
    name: str
    expires_at: datetime | None
    revoked_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyPage:
    items: tuple[ApiKeyDocument, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GetGrant:
    grant_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListGrants:
    principal_id: str | None = None
    page: int = 1
    per_page: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantDocument:
    id: str
    principal_id: str
    action: str
    resource: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantPage:
    items: tuple[GrantDocument, ...] = field(default=())
    total: int = 0
