"""Between Domino's organizations and ours: pure, both ways."""

from typing import Final, Literal, get_args

from services.gateway.surfaces.domino.resources.organizations import wire
from shared.domain.principal.commands import FoundOrganization, SetMember
from shared.domain.roles import Role
from shared.kernel.names import slug_of
from shared.queries.identity import PrincipalDocument

_ROLES: Final[dict[str, Role]] = {"admin": "admin", "member": "member"}
_ALL: Final[tuple[Role, ...]] = get_args(Role)
_ADMINS: Final = frozenset({"owner", "admin"})


def to_found(
    body: wire.NewOrganization, *, principal_id: str, home_project_id: str, founder_id: str
) -> FoundOrganization:
    """The handle is the name's slug, taken once in the whole installation: so is the name."""
    return FoundOrganization(
        principal_id=principal_id,
        home_project_id=home_project_id,
        handle=slug_of(body.name),
        name=body.name,
        founder_id=founder_id,
        members=tuple((each.userId, _ROLES[each.organizationRole]) for each in body.members),
    )


def to_set(body: wire.NewMember, organization: PrincipalDocument) -> SetMember:
    """A role that this dialect spells alike stays: an owner is its admin, too."""
    held: Role | None = next((r for r in _ALL if (body.userId, r) in organization.members), None)
    stays = held is not None and _spelled(held) == body.organizationRole
    role = held if held is not None and stays else _ROLES[body.organizationRole]
    return SetMember(principal_id=organization.id, member_id=body.userId, role=role)


def from_principal(organization: PrincipalDocument) -> wire.Organization:
    return wire.Organization(
        id=organization.id,
        name=organization.name,
        members=[
            wire.OrganizationMember(userId=id_, organizationRole=_spelled(role))
            for id_, role in organization.members
        ],
    )


def _spelled(role: str) -> Literal["member", "admin"]:
    return "admin" if role in _ADMINS else "member"
