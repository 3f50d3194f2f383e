"""What happened to a webhook."""

from dataclasses import dataclass

from shared.kernel.secrets import SecretRef


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookCreated:
    """It gets the events that come after this one."""

    webhook_id: str
    account_id: str
    url: str
    secret: SecretRef
    description: str
    types: tuple[str, ...]
    project_id: str | None
    is_enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRevised:
    """Everything but the secret, after the change."""

    webhook_id: str
    url: str
    description: str
    types: tuple[str, ...]
    project_id: str | None
    is_enabled: bool
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSecretRotated:
    """The secret before it signs, too, for `overlap_seconds` from here on. Without them (as it was
    at first) it ended at once."""

    webhook_id: str
    secret: SecretRef
    overlap_seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReplayed:
    """Somebody asked for the event at this position once more."""

    webhook_id: str
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRemoved:
    webhook_id: str


WebhookEvent = (
    WebhookCreated | WebhookRevised | WebhookSecretRotated | DeliveryReplayed | WebhookRemoved
)
