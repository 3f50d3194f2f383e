"""What may be asked of a webhook."""

from dataclasses import dataclass

from shared.kernel.secrets import PlainText, SecretRef
from shared.kernel.unset import UNSET, Unset


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateWebhook:
    """`types` are names of events, or `service.*`; none means all. `project_id` narrows further."""

    webhook_id: str
    account_id: str
    url: str
    secret: PlainText | SecretRef
    description: str = ""
    types: tuple[str, ...] = ()
    project_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviseWebhook:
    webhook_id: str
    account_id: str
    url: str | Unset = UNSET
    description: str | Unset = UNSET
    types: tuple[str, ...] | Unset = UNSET
    project_id: str | Unset | None = UNSET
    is_enabled: bool | Unset = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateWebhookSecret:
    """The former secret signs beside the new one for `overlap_seconds`; with 0 it ends at once."""

    webhook_id: str
    account_id: str
    secret: PlainText | SecretRef
    overlap_seconds: int = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayDelivery:
    """The event at this position is delivered again, whatever became of it before."""

    webhook_id: str
    account_id: str
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveWebhook:
    webhook_id: str
    account_id: str


WebhookCommand = (
    CreateWebhook | ReviseWebhook | RotateWebhookSecret | ReplayDelivery | RemoveWebhook
)
