"""Webhooks and what was delivered to them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

DeliveryState = Literal["pending", "delivered", "dead"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListWebhooks:
    account_id: str | None = None
    page: int = 1
    per_page: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class GetWebhook:
    webhook_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDocument:
    """`pending` and `dead` count deliveries, of now whatever the moment. `former_secret_until`: so
    long the secret before the newest signs, too."""

    id: str
    account_id: str
    project_id: str | None
    url: str
    description: str
    types: tuple[str, ...]
    is_enabled: bool
    created_at: datetime
    updated_at: datetime
    pending: int
    dead: int
    former_secret_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookPage:
    items: tuple[WebhookDocument, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDeliveries:
    """Newest first, before a position."""

    webhook_id: str
    state: DeliveryState | None = None
    before: int | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryDocument:
    """`reason`: a word about the last attempt that failed; what its answer held is not kept."""

    position: int
    event_type: str
    state: DeliveryState
    attempts: int
    last_attempt_at: datetime | None
    next_attempt_at: datetime | None
    status: int | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPage:
    items: tuple[DeliveryDocument, ...]
    next_before: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListWebhookTargets:
    """For the deliverer: enabled webhooks of live accounts, by id."""

    after_id: str = ""
    limit: int = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookTarget:
    """`secret` None: it was erased, nothing can be signed. `since`: nothing up to that position is
    its to get. `former_secret` signs, too, until `former_until`."""

    id: str
    account_id: str
    project_id: str | None
    url: str
    types: tuple[str, ...]
    secret: str | None
    since: int
    former_secret: str | None = None
    former_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookTargetList:
    items: tuple[WebhookTarget, ...]
