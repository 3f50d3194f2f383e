"""Environments on the wire."""

from typing import Annotated, Literal

from pydantic import BaseModel

from services.gateway.surfaces.domino.enums import Cased
from services.gateway.surfaces.domino.wire import Body, Envelope, Page

ClusterType = Annotated[Literal["dask", "mpi", "ray", "spark"], Cased(observed=True)]
NewVisibility = Annotated[Literal["global", "private"], Cased(observed=True)]
Visibility = Annotated[Literal["global", "private", "organization"], Cased(observed=True)]
OwnerType = Annotated[Literal["individual", "organization"], Cased(observed=True)]
BuildStatus = Annotated[
    Literal[
        "queued", "starting", "pulling", "building", "pushing", "succeeded", "failed", "killed"
    ],
    Cased(observed=True),
]


class ProxyConfig(Body):
    internalPath: str
    port: int
    requireSubdomain: bool = False
    rewrite: bool = False


class Tool(Body):
    name: str
    title: str
    startScripts: list[str]
    iconUrl: str | None = None
    proxyConfig: ProxyConfig | None = None
    supportedFileExtensions: list[str] | None = None


class Variable(Body):
    key: str
    value: str


class NewRevision(Body):
    dockerfileInstructions: str | None = None
    environmentVariables: list[Variable] | None = None
    image: str | None = None
    postRunScript: str | None = None
    postSetupScript: str | None = None
    preRunScript: str | None = None
    preSetupScript: str | None = None
    skipCache: bool | None = None
    summary: str | None = None
    supportedClusters: list[ClusterType] | None = None
    tags: list[str] | None = None
    useVpn: bool | None = None
    workspaceTools: list[Tool] | None = None


class NewEnvironment(NewRevision):
    addBaseDependencies: bool | None = None
    description: str | None = None
    duplicateFromEnvironmentId: str | None = None
    isCurated: bool | None = None
    isRestricted: bool | None = None
    name: str | None = None
    orgOwnerId: str | None = None
    visibility: NewVisibility | None = None


class GivenRestriction(Body):
    isRestricted: bool


class Revision(BaseModel):
    id: str
    number: int
    availableTools: list[Tool]
    status: BuildStatus


class Owner(BaseModel):
    id: str
    username: str
    ownerType: OwnerType


class Environment(BaseModel):
    id: str
    name: str
    visibility: Visibility
    supportedClusters: list[ClusterType]
    archived: bool
    owner: Owner
    isCurated: bool
    internalTags: list[str]
    activeRevisionTags: list[str]
    latestRevision: Revision | None = None
    selectedRevision: Revision | None = None
    restrictedRevision: Revision | None = None


class EnvironmentEnvelope(Envelope):
    environment: Environment


class EnvironmentPage(Page):
    environments: list[Environment]


class RevisionEnvelope(Envelope):
    environmentRevision: Revision


class RevisionUpdated(BaseModel):
    id: str
