"""Services that converse, the unit tests of their version sets, and the records they refer to.

An organization is whoever owns a home project; its conversations are the services of that project
that have the conversation facet (seed 001)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

RecordKind = Literal["agent", "state_machine", "model_version", "pipeline_run"]
Order = Literal["+name", "-name", "+is_active", "-is_active"]
UnitTestOrder = Literal["made", "+updated_at", "-updated_at"]
ORDERS: tuple[Order, ...] = ("+name", "-name", "+is_active", "-is_active")


@dataclass(frozen=True, slots=True, kw_only=True)
class GetOrganization:
    """By handle. NotFound(kind="organization") where nobody has it."""

    handle: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationDocument:
    """`project_id` is its home project's; `is_member`: the asker may read that project."""

    id: str
    handle: str
    project_id: str
    is_member: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ListConversations:
    """Of one organization, those the asker may read; all of `tags` must be on a service.

    A tag is (key, value); a value of None is a tag without one, `*` is any. Without an order they
    come as they were made. Forbidden for who has nothing to do with the organization."""

    organization: str
    ids: tuple[str, ...] = ()
    is_active: bool | None = None
    tags: tuple[tuple[str, str | None], ...] = ()
    order: tuple[Order, ...] = ()
    limit: int = 10
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GetConversation:
    """NotFound(kind="service") where it is absent, out of sight, or of another organization."""

    organization: str
    service_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionSetDocument:
    agent_version: int | None
    state_machine_version: int | None
    llm_preferences: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationDocument:
    """`created_by` and `updated_by` are actors as the log has them (`user:<id>`)."""

    service_id: str
    project_id: str
    name: str
    description: str
    agent_id: str
    state_machine_id: str
    is_active: bool
    tags: tuple[tuple[str, str | None], ...]
    keyterms: tuple[str, ...]
    version_sets: Mapping[str, VersionSetDocument]
    unit_tests: Mapping[str, tuple[str, ...]]
    created_at: datetime
    updated_at: datetime
    created_by: str
    updated_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationPage:
    """`tags` are those in use in the organization, as `key:value`; on a first page only."""

    items: tuple[ConversationDocument, ...]
    has_more: bool
    tags: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListUnitTests:
    """Of services the asker may read. `text` is looked for in the name; one of
    `metric_ids` is used; all of `tags` are there, as with conversations."""

    organization: str
    ids: tuple[str, ...] = ()
    service_ids: tuple[str, ...] = ()
    persona_ids: tuple[str, ...] = ()
    scenario_ids: tuple[str, ...] = ()
    metric_ids: tuple[str, ...] = ()
    creator_ids: tuple[str, ...] = ()
    tags: tuple[tuple[str, str | None], ...] = ()
    text: str | None = None
    order: UnitTestOrder = "made"
    is_deleted: bool | None = None
    limit: int = 50
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GetUnitTest:
    """Also one that was deleted. NotFound(kind="unit_test") else."""

    organization: str
    unit_test_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionDocument:
    name: str
    metric_id: str
    criterion: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTestDocument:
    id: str
    project_id: str
    service_id: str
    name: str
    description: str
    version_set_name: str
    persona_id: str
    scenario_id: str
    interactions_max: int
    success_criteria: tuple[CriterionDocument, ...]
    tags: tuple[tuple[str, str | None], ...]
    is_deleted: bool
    created_at: datetime
    updated_at: datetime
    created_by: str
    updated_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTestPage:
    items: tuple[UnitTestDocument, ...]
    has_more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRecords:
    """Of one project (by handle or id), newest first."""

    project: str
    kind: RecordKind
    page: int = 1
    per_page: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class GetRecord:
    kind: RecordKind
    record_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDocument:
    """`versions` is the number of the newest, 0 where there is none."""

    id: str
    project_id: str
    kind: RecordKind
    name: str
    description: str
    is_deprecated: bool
    versions: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPage:
    items: tuple[RecordDocument, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRecordVersions:
    """Newest first."""

    kind: RecordKind
    record_id: str
    page: int = 1
    per_page: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordVersionDocument:
    number: int
    content: dict[str, Any]
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordVersionPage:
    items: tuple[RecordVersionDocument, ...]
    total: int
