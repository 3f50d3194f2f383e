"""Between `/ops` and the domain: principals."""

from services.gateway.surfaces.ops.resources.principals import wire
from services.gateway.surfaces.ops.wire import Membership
from shared.domain.principal.commands import (
    CreateOrganization,
    CreateServiceAccount,
    CreateUser,
    RevisePrincipal,
)
from shared.kernel.secrets import PlainText
from shared.kernel.time import format_rfc3339
from shared.kernel.unset import UNSET
from shared.queries.identity import PrincipalDocument


def to_create_organization(
    body: wire.CreateOrganization, *, principal_id: str, home_project_id: str, owner_id: str
) -> CreateOrganization:
    return CreateOrganization(
        principal_id=principal_id,
        home_project_id=home_project_id,
        handle=body.handle,
        name=body.name,
        owner_id=owner_id,
    )


def to_create_user(
    body: wire.CreateUser,
    *,
    principal_id: str,
    home_project_id: str,
    password: PlainText | None,
) -> CreateUser:
    """`password` is the hash, never what the client sent."""
    return CreateUser(
        principal_id=principal_id,
        home_project_id=home_project_id,
        handle=body.handle,
        name=body.name,
        email=body.email,
        password=password,
    )


def to_create_service_account(
    body: wire.CreateServiceAccount, *, principal_id: str, account_id: str
) -> CreateServiceAccount:
    return CreateServiceAccount(principal_id=principal_id, account_id=account_id, name=body.name)


def to_revise(
    body: wire.RevisePrincipal | wire.ReviseUser, *, principal_id: str, password: PlainText | None
) -> RevisePrincipal:
    has_email = isinstance(body, wire.ReviseUser) and "email" in body.model_fields_set
    return RevisePrincipal(
        principal_id=principal_id,
        name=UNSET if body.name is None else body.name,
        email=body.email if has_email and isinstance(body, wire.ReviseUser) else UNSET,
        password=UNSET if password is None else password,
    )


def from_document(document: PrincipalDocument) -> wire.Principal:
    return wire.Principal(
        id=document.id,
        kind=document.kind,
        handle=document.handle,
        name=document.name,
        email=document.email,
        account_id=document.account_id,
        home_project_id=document.home_project_id,
        members=[Membership(principal_id=id_, role=role) for id_, role in document.members],
        created_at=format_rfc3339(document.created_at),
        updated_at=format_rfc3339(document.updated_at),
    )
