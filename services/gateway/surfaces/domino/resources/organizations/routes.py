"""Organizations: made by anybody, seen by their members, changed by their admins."""

from dataclasses import replace
from typing import Any

from litestar import Request
from litestar.params import FromPath

from services.gateway.call import Call, call_of
from services.gateway.operation import operation
from services.gateway.refusals import CommandRejected
from services.gateway.surfaces.domino.auth import demand, demand_admin, id_of
from services.gateway.surfaces.domino.envelope import (
    Enveloped,
    enveloped,
    metadata,
    page_metadata,
)
from services.gateway.surfaces.domino.reading import body_of, page_of, query_of
from services.gateway.surfaces.domino.resources.organizations import translate, wire
from services.gateway.surfaces.domino.statuses import READ, WRITE
from shared.domain.principal.commands import RemoveMember
from shared.domain.rejections import NotFound
from shared.queries.identity import (
    GetPrincipal,
    ListOrganizations,
    PrincipalDocument,
    PrincipalPage,
)

AnyRequest = Request[Any, Any, Any]


async def get_user_orgs(request: AnyRequest) -> Enveloped[wire.OrganizationPage]:
    call = call_of(request)
    query = query_of(call, wire.OrganizationsQuery)
    return await _listed(call, query, ListOrganizations(name=query.nameFilter))


async def get_all_orgs(request: AnyRequest) -> Enveloped[wire.OrganizationPage]:
    call = call_of(request)
    demand_admin(call, "account.read")
    query = query_of(call, wire.OrganizationsQuery)
    return await _listed(call, query, ListOrganizations(everyones=True, name_part=query.nameFilter))


async def create_org(request: AnyRequest) -> Enveloped[wire.OrganizationEnvelope]:
    call = call_of(request)
    command = translate.to_found(
        body_of(call, wire.NewOrganization),
        principal_id=call.parts.ids.new(),
        home_project_id=call.parts.ids.new(),
        founder_id=call.signed_in.principal_id,
    )
    accepted = await call.command(command)
    return await _shown(call, accepted.subject_id, after=accepted.position)


async def get_org(
    organizationId: FromPath[str], request: AnyRequest
) -> Enveloped[wire.OrganizationEnvelope]:
    call = call_of(request)
    return await _shown(call, id_of(call, "organization", organizationId))


async def add_user_to_org(
    organizationId: FromPath[str], request: AnyRequest
) -> Enveloped[wire.OrganizationEnvelope]:
    call = call_of(request)
    organization = await _managed(call, organizationId)
    body = body_of(call, wire.NewMember)
    accepted = await call.command(translate.to_set(body, organization))
    return await _shown(call, organization.id, after=accepted.position)


async def remove_user_from_org(
    organizationId: FromPath[str], request: AnyRequest
) -> Enveloped[wire.OrganizationEnvelope]:
    call = call_of(request)
    organization = await _managed(call, organizationId)
    member_id = query_of(call, wire.MemberQuery).memberToRemoveId
    accepted = await call.command(RemoveMember(principal_id=organization.id, member_id=member_id))
    if member_id not in dict(organization.members) and not accepted.replayed:
        raise CommandRejected(NotFound(kind="member", key=member_id))
    return await _shown(call, organization.id, after=accepted.position)


async def _managed(call: Call, organization_id: str) -> PrincipalDocument:
    """For who may let others in. Whether that goes as far as this role the command decides."""
    found = await _of(call, id_of(call, "organization", organization_id))
    demand("account.write", found.may, f"account:{found.id}")
    return found


async def _of(call: Call, organization_id: str, *, after: int | None = None) -> PrincipalDocument:
    """As it is now for a write, at the moment asked for in a read."""
    question = GetPrincipal(key=organization_id)
    try:
        if call.method == "GET" or after is not None:
            found = await call.ask(question, PrincipalDocument, after=after)
        else:
            found = await call.find(question, PrincipalDocument)
    except CommandRejected as rejected:
        if isinstance(rejected.rejection, NotFound):
            raise _absent(organization_id) from None
        raise
    if found.kind != "organization":
        raise _absent(organization_id)
    return found


def _absent(organization_id: str) -> CommandRejected:
    return CommandRejected(NotFound(kind="organization", key=organization_id))


async def _shown(
    call: Call, organization_id: str, *, after: int | None = None
) -> Enveloped[wire.OrganizationEnvelope]:
    organization = translate.from_principal(await _of(call, organization_id, after=after))
    return enveloped(call, wire.OrganizationEnvelope(org=organization, metadata=metadata(call)))


async def _listed(
    call: Call, query: wire.OrganizationsQuery, question: ListOrganizations
) -> Enveloped[wire.OrganizationPage]:
    paged = replace(question, offset=query.offset, limit=query.limit)
    found, total = await page_of(call, paged, PrincipalPage)
    orgs = [translate.from_principal(organization) for organization in found]
    return enveloped(
        call, wire.OrganizationPage(orgs=orgs, metadata=page_metadata(call, query, total))
    )


_TAG = "Organizations"
_MANY = "/api/organizations/v1/organizations"
_USER = f"{_MANY}/{{organizationId:str}}/user"

HANDLERS = (
    *operation(
        "GET",
        _MANY,
        get_user_orgs,
        summary="Get the organizations of which the current user is a member",
        tag=_TAG,
        query=wire.OrganizationsQuery,
        refusals=READ,
        operation_id="getUserOrgs",
    ),
    *operation(
        "POST",
        _MANY,
        create_org,
        summary="Create an organization",
        tag=_TAG,
        body=wire.NewOrganization,
        refusals=WRITE,
        operation_id="createOrg",
    ),
    *operation(
        "GET",
        f"{_MANY}/all",
        get_all_orgs,
        summary="Get all organizations; the installation's admin only",
        tag=_TAG,
        query=wire.OrganizationsQuery,
        refusals=READ,
        operation_id="getAllOrgs",
    ),
    *operation(
        "GET",
        f"{_MANY}/{{organizationId:str}}",
        get_org,
        summary="Get an organization",
        tag=_TAG,
        refusals=READ,
        operation_id="getOrg",
    ),
    *operation(
        "PUT",
        _USER,
        add_user_to_org,
        summary="Add a user to an organization, or change his role",
        tag=_TAG,
        body=wire.NewMember,
        refusals=WRITE,
        operation_id="addUserToOrg",
    ),
    *operation(
        "DELETE",
        _USER,
        remove_user_from_org,
        summary="Remove a user from an organization",
        tag=_TAG,
        query=wire.MemberQuery,
        refusals=WRITE,
        operation_id="removeUserFromOrg",
    ),
)
