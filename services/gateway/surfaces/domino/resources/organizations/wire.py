"""Organizations on the wire."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from services.gateway.parameters import Query
from services.gateway.surfaces.domino.enums import Cased
from services.gateway.surfaces.domino.wire import Body, Envelope, Page, PageQuery

OrganizationRole = Annotated[Literal["member", "admin"], Cased(observed=True)]


class NewMember(Body):
    userId: str
    organizationRole: OrganizationRole


class NewOrganization(Body):
    name: str
    members: list[NewMember] = Field(max_length=500)


class OrganizationsQuery(PageQuery):
    nameFilter: str | None = None


class MemberQuery(Query):
    memberToRemoveId: str


class OrganizationMember(BaseModel):
    userId: str
    organizationRole: OrganizationRole


class Organization(BaseModel):
    id: str
    name: str
    members: list[OrganizationMember]
    defaultEnvironmentId: str | None = None


class OrganizationEnvelope(Envelope):
    org: Organization


class OrganizationPage(Page):
    orgs: list[Organization]
