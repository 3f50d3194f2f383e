"""Users on the wire."""

from typing import Annotated, Literal

from pydantic import BaseModel

from services.gateway.surfaces.domino.enums import Cased
from services.gateway.surfaces.domino.wire import Envelope, Page

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


class User(BaseModel):
    id: str
    firstName: str
    lastName: str
    fullName: str
    userName: str
    avatarUrl: str
    email: str | None = None
    companyName: str | None = None
    phoneNumber: str | None = None


class UserEnvelope(Envelope):
    user: User


class UserPage(Page):
    users: list[User]


class GitCredential(BaseModel):
    id: str
    name: str
    gitServiceProvider: GitServiceProvider
    domain: str
    fingerprint: str
    protocol: str


class GitCredentials(Envelope):
    credentials: list[GitCredential]
