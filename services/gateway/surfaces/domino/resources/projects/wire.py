"""Projects on the wire."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.gateway.surfaces.domino.enums import Cased
from services.gateway.surfaces.domino.wire import Body, Envelope, Page

ProjectVisibility = Annotated[Literal["public", "searchable", "private"], Cased(observed=True)]
GitReferenceType = Annotated[Literal["head", "branch", "tag", "commit"], Cased(observed=True)]
GitServiceProvider = Annotated[
    Literal[
        "bitbucket",
        "bitbucketServer",
        "github",
        "githubEnterprise",
        "gitLab",
        "gitLabEnterprise",
        "unknown",
    ],
    Cased(observed=True),
]
CollaboratorRole = Annotated[
    Literal["contributor", "launcherUser", "resultsConsumer", "projectImporter"], Cased()
]
Branch = Annotated[Literal["isolated", "main"], Cased()]
Progress = Annotated[Literal["active", "complete"], Cased()]


class GivenReference(Body):
    refType: GitReferenceType
    value: str | None = None


class GivenRepository(Body):
    uri: str
    name: str | None = None
    defaultRef: GivenReference | None = None
    serviceProvider: GitServiceProvider | None = None
    gitCredentialId: str | None = None


class TemplateDetails(Body):
    name: str
    templateId: str
    templateRevisionId: str | None = None


class NewProject(Body):
    name: str
    description: str
    visibility: ProjectVisibility
    isRestricted: bool | None = None
    mainRepository: GivenRepository | None = None
    ownerId: str | None = None
    templateDetails: TemplateDetails | None = None


class GivenCollaborator(Body):
    id: str
    role: CollaboratorRole


class GivenStatus(Body):
    status: Progress
    isBlocked: bool
    blockedReason: str | None = None
    completedMessage: str | None = None


class GivenResultsSettings(Body):
    branch: Branch


class Reference(BaseModel):
    refType: GitReferenceType
    value: str | None = None


class Repository(BaseModel):
    id: str
    uri: str
    defaultRef: Reference
    serviceProvider: GitServiceProvider
    name: str | None = None


class Collaborator(BaseModel):
    id: str
    role: CollaboratorRole


class Project(BaseModel):
    """The tags go under both names: one is printed, the other is what the reference requires."""

    model_config = ConfigDict(serialize_by_alias=True, populate_by_name=True)

    id: str
    name: str
    description: str
    visibility: ProjectVisibility
    ownerId: str
    ownerUsername: str
    collaborators: list[Collaborator]
    internal_tags: list[str] = Field(alias="internal tags")
    internalTags: list[str]
    mainRepository: Repository | None = None


class ProjectEnvelope(Envelope):
    project: Project


class ProjectPage(Page):
    projects: list[Project]


class CollaboratorEnvelope(Envelope):
    collaborator: Collaborator


class ProjectStatus(BaseModel):
    status: Progress
    isBlocked: bool
    blockedReason: str | None = None
    completedMessage: str | None = None


class ProjectStatusEnvelope(Envelope):
    status: ProjectStatus


class ResultsSettings(BaseModel):
    branch: Branch


class ResultsSettingsEnvelope(Envelope):
    resultsSettings: ResultsSettings
