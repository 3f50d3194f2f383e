"""What a git server's push webhook sends, as far as we read it (GitHub, Gitea, Forgejo)."""

from pydantic import BaseModel, ConfigDict, Field


class Repository(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    full_name: str = Field(min_length=3, max_length=165)


class Push(BaseModel):
    """Everything else of the payload is let be: it is only a hint to look again."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    repository: Repository
    ref: str = ""


class Heard(BaseModel):
    repository: str
    ref: str
