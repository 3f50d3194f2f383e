"""Git credentials on the wire. A secret comes in and never goes out."""

from typing import Literal

from pydantic import BaseModel, Field

from services.gateway.parameters import Body

Provider = Literal[
    "bitbucket",
    "bitbucketServer",
    "github",
    "githubEnterprise",
    "gitLab",
    "gitLabEnterprise",
    "unknown",
]
Protocol = Literal["https", "ssh"]


class AddGitCredential(Body):
    name: str = Field(json_schema_extra={"minLength": 1, "maxLength": 200})
    domain: str = Field(
        description="Host name of the git server, in lower case, with its port if it needs one.",
        json_schema_extra={"pattern": "^[a-z0-9][a-z0-9.-]*(:[0-9]{1,5})?$"},
    )
    secret: str = Field(
        description="A token or password (https), or a private key (ssh).",
        json_schema_extra={"minLength": 1, "maxLength": 16_384},
    )
    provider: Provider = "unknown"
    protocol: Protocol = "https"
    username: str | None = None


class GitCredential(BaseModel):
    """`fingerprint` tells equal secrets of one user apart from others."""

    id: str
    user_id: str
    name: str
    domain: str
    provider: Provider
    protocol: str
    username: str | None
    fingerprint: str
    created_at: str


class GitCredentialList(BaseModel):
    data: list[GitCredential]
