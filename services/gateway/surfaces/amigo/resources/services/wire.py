"""Amigo's services as published: the newest shape, with what older clients leave out optional."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from services.gateway.parameters import Query, QueryBool
from services.gateway.surfaces.amigo.reading import Body, Id, Ids, QueryNumber, Stripped

TAGS_MAX = KEYTERMS_MAX = 20
LIMIT_MAX = 20

# The models of the stored document and those of SDK 2.5.0: the list changes with every release.
LLMName = Literal[
    "azure_gpt-4.1-2025-04-14",
    "openai_gpt-4.1-2025-04-14",
    "azure_gpt-4.1-mini-2025-04-14",
    "openai_gpt-4.1-mini-2025-04-14",
    "azure_gpt-5-nano-2025-08-07",
    "azure_gpt-5.1-2025-11-13",
    "openai_gpt-5.1-2025-11-13",
    "azure_gpt-5.2-2025-12-11",
    "openai_gpt-5-nano-2025-08-07",
    "openai_gpt-5.2-2025-12-11",
    "google_claude-sonnet-4-5@20250929",
    "aws_claude-sonnet-4-5-20250929",
    "google_gemini-2.5-pro",
    "google_gemini-2.5-flash",
    "openai_gpt-5.4-nano-2026-03-17",
    "openai_gpt-5.4-mini-2026-03-17",
    "openai_gpt-5.5-2026-04-23",
    "openai_gpt-5.6-sol",
    "openai_gpt-5.6-terra",
    "openai_gpt-5.6-luna",
    "openai_gpt-6-luna",
    "openai_decisions_gpt-6-luna",
    "google_gemini-3.5-flash",
    "google_gemini-3.5-flash-lite",
]
TagWord = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[\w\s]+$"),
]
Keyterm = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, pattern=r"^[a-z-]+( [a-z-]+){0,2}$"),
]
Tags = Annotated[dict[TagWord, TagWord | None], Field(max_length=TAGS_MAX)]
Keyterms = Annotated[list[Keyterm], Field(max_length=KEYTERMS_MAX)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]


class LLMConfig(Body):
    llm_name: LLMName
    params: dict[str, Any] = Field(default_factory=dict)


class VersionSet(Body):
    """A number that is null or absent is the newest: SDK 2.5.0 drops keys that are null."""

    agent_version_number: int | None = None
    service_hierarchical_state_machine_version_number: int | None = None
    llm_model_preferences: dict[str, LLMConfig]


class CreateService(Body):
    service_hierarchical_state_machine_id: Id
    agent_id: Id
    name: Name
    description: Stripped
    is_active: bool
    release_version_set: VersionSet | None = None
    keyterms: Keyterms = Field(default_factory=list)
    tags: Tags = Field(default_factory=dict)


class UpdateService(Body):
    """What is null or absent stays."""

    name: Name | None = None
    description: Stripped | None = None
    is_active: bool | None = None
    agent_id: Id | None = None
    service_hierarchical_state_machine_id: Id | None = None
    tags: Tags | None = None
    keyterms: Keyterms | None = None


class UpsertVersionSet(Body):
    version_set: VersionSet


def _one_of_the_columns(values: tuple[str, ...]) -> tuple[str, ...]:
    """An unencoded `+` arrives as a space."""
    signed = tuple(f"+{value[1:]}" if value.startswith(" ") else value for value in values)
    for value in signed:
        if value[:1] not in ("+", "-") or value[1:] not in ("name", "is_active"):
            raise ValueError("must be name or is_active with + or - before it")
    return signed


def _pairs(values: tuple[str, ...]) -> tuple[str, ...]:
    if not all(value.partition(":")[0] and ":" in value for value in values):
        raise ValueError("must be spelled key:value, key:* or key:")
    return values


TagFilters = Annotated[tuple[str, ...], AfterValidator(_pairs)]


class ListQuery(Query):
    id: Ids = Field((), description="Ids of services.")
    is_active: QueryBool | None = None
    sort_by: Annotated[tuple[str, ...], AfterValidator(_one_of_the_columns)] = Field(
        (), description="`+name`, `-name`, `+is_active`, `-is_active`; several break ties."
    )
    tags: TagFilters = Field((), description="`key:value`, `key:*` or `key:`; all must fit.")
    tag: TagFilters = Field((), description="The same, as clients of 2025 spell it.")
    limit: Annotated[QueryNumber, Field(gt=0, le=LIMIT_MAX)] = 10
    continuation_token: QueryNumber = 0


class Created(BaseModel):
    id: str


class ShownLLMConfig(BaseModel):
    llm_name: str
    params: dict[str, Any]


class ShownVersionSet(BaseModel):
    agent_version_number: int | None
    service_hierarchical_state_machine_version_number: int | None
    llm_model_preferences: dict[str, ShownLLMConfig]


class Tag(BaseModel):
    key: str
    value: str | None


class UserInfo(BaseModel):
    org_id: str
    user_id: str


class ServiceInstance(BaseModel):
    id: str
    name: str
    version_sets: dict[str, ShownVersionSet]
    description: str
    is_active: bool
    service_hierarchical_state_machine_id: str
    agent_id: str
    tags: list[Tag]
    keyterms: list[str]
    creator: UserInfo
    updated_by: UserInfo


class FilterValues(BaseModel):
    tags: list[str]


class ServiceList(BaseModel):
    services: list[ServiceInstance]
    has_more: bool
    continuation_token: int | None
    filter_values: FilterValues | None
