"""Webhooks and their deliveries on the wire."""

from typing import ClassVar, Literal

from pydantic import BaseModel, Field

from services.gateway.parameters import Body, Query, QueryInt
from services.gateway.surfaces.ops.wire import PageQuery, Pagination

_URL = Field(json_schema_extra={"format": "uri", "maxLength": 2000})
_TYPES = "Types of events, or all of one: `service.*`; none means every event."


class CreateWebhook(Body):
    nullable: ClassVar[frozenset[str]] = frozenset({"account", "project", "secret"})

    url: str = _URL
    account: str | None = Field(None, description="Id or handle; the caller by default.")
    project: str | None = Field(None, description="Id or handle; only what happens in it.")
    types: list[str] = Field([], description=_TYPES)
    description: str = ""
    secret: str | None = Field(None, description="`whsec_` and base64; made where it is left out.")


class ReviseWebhook(Body):
    nullable: ClassVar[frozenset[str]] = frozenset({"project"})

    url: str = Field("", json_schema_extra={"format": "uri", "maxLength": 2000})
    project: str | None = None
    types: list[str] = Field([], description=_TYPES)
    description: str = ""
    is_enabled: bool = True


class RotateSecret(Body):
    nullable: ClassVar[frozenset[str]] = frozenset({"secret"})

    secret: str | None = None
    overlap_seconds: int = Field(
        24 * 3600,
        json_schema_extra={"minimum": 0, "maximum": 7 * 24 * 3600},
        description="So long the former secret signs beside the new one; 0 ends it at once.",
    )


class ListQuery(PageQuery):
    account: str | None = Field(None, description="Id or handle of whose webhooks.")


class DeliveryQuery(Query):
    state: Literal["pending", "delivered", "dead"] | None = None
    before: QueryInt | None = Field(None, description="Only of events before this position.")
    limit: QueryInt = Field(50, json_schema_extra={"minimum": 1, "maximum": 200})


class Webhook(BaseModel):
    """`former_secret_until`: until then each delivery carries two signatures."""

    id: str
    account_id: str
    project_id: str | None
    url: str
    description: str
    types: list[str]
    is_enabled: bool
    pending: int
    dead: int
    former_secret_until: str | None
    created_at: str
    updated_at: str


class WebhookWithSecret(Webhook):
    """`secret` is shown in this one answer only; null where a repeated request is answered."""

    secret: str | None


class WebhookList(BaseModel):
    data: list[Webhook]
    pagination: Pagination


class Delivery(BaseModel):
    """`reason` is one of target_refused, target_unreachable, answered_no, secret_erased."""

    position: int
    event_type: str
    state: str
    attempts: int
    last_attempt_at: str | None
    next_attempt_at: str | None
    status: int | None
    reason: str | None


class DeliveryList(BaseModel):
    data: list[Delivery]
    next_before: int | None


class Replay(BaseModel):
    """It is delivered again soon; see the list."""

    position: int
