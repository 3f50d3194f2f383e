"""Between `/ops` and the domain: webhooks."""

import base64
import binascii
import secrets
from datetime import datetime

from services.gateway.surfaces.ops.history import refused
from services.gateway.surfaces.ops.resources.webhooks import wire
from shared.domain.catalog import EVENTS
from shared.domain.webhook.commands import CreateWebhook, ReviseWebhook, RotateWebhookSecret
from shared.kernel.secrets import PlainText
from shared.kernel.time import format_rfc3339
from shared.kernel.unset import UNSET
from shared.queries.webhooks import DeliveryDocument, WebhookDocument

PREFIX = "whsec_"
SECRET_BYTES = 32
SECRET_BYTES_LEAST, SECRET_BYTES_MOST = 24, 64


def secret_of(given: str | None) -> str:
    """By Standard Webhooks: 24 to 64 bytes, in base64 after `whsec_`."""
    if given is None:
        return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    try:
        raw = base64.b64decode(given.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if not given.startswith(PREFIX) or not SECRET_BYTES_LEAST <= len(raw) <= SECRET_BYTES_MOST:
        raise refused("secret", "must be whsec_ and 24 to 64 bytes in base64")
    return given


def checked_types(types: list[str]) -> tuple[str, ...]:
    for each in types:
        begins = each.removesuffix("*") if each.endswith(".*") else None
        if each not in EVENTS and not (begins and any(n.startswith(begins) for n in EVENTS)):
            raise refused("types", f"names no type of event: {each[:80]}")
    return tuple(dict.fromkeys(types))


def to_create(
    body: wire.CreateWebhook,
    *,
    webhook_id: str,
    account_id: str,
    project_id: str | None,
    secret: str,
) -> CreateWebhook:
    return CreateWebhook(
        webhook_id=webhook_id,
        account_id=account_id,
        url=body.url,
        secret=PlainText(text=secret),
        description=body.description,
        types=checked_types(body.types),
        project_id=project_id,
    )


def to_revise(
    body: wire.ReviseWebhook, *, webhook: WebhookDocument, project_id: str | None
) -> ReviseWebhook:
    given = body.model_fields_set
    return ReviseWebhook(
        webhook_id=webhook.id,
        account_id=webhook.account_id,
        url=body.url if "url" in given else UNSET,
        description=body.description if "description" in given else UNSET,
        types=checked_types(body.types) if "types" in given else UNSET,
        project_id=project_id if "project" in given else UNSET,
        is_enabled=body.is_enabled if "is_enabled" in given else UNSET,
    )


def to_rotate(webhook: WebhookDocument, secret: str, overlap_seconds: int) -> RotateWebhookSecret:
    return RotateWebhookSecret(
        webhook_id=webhook.id,
        account_id=webhook.account_id,
        secret=PlainText(text=secret),
        overlap_seconds=overlap_seconds,
    )


def from_document(document: WebhookDocument) -> wire.Webhook:
    return wire.Webhook(
        id=document.id,
        account_id=document.account_id,
        project_id=document.project_id,
        url=document.url,
        description=document.description,
        types=list(document.types),
        is_enabled=document.is_enabled,
        pending=document.pending,
        dead=document.dead,
        former_secret_until=_time(document.former_secret_until),
        created_at=format_rfc3339(document.created_at),
        updated_at=format_rfc3339(document.updated_at),
    )


def with_secret(document: WebhookDocument, secret: str | None) -> wire.WebhookWithSecret:
    return wire.WebhookWithSecret(**from_document(document).model_dump(), secret=secret)


def from_delivery(document: DeliveryDocument) -> wire.Delivery:
    return wire.Delivery(
        position=document.position,
        event_type=document.event_type,
        state=document.state,
        attempts=document.attempts,
        last_attempt_at=_time(document.last_attempt_at),
        next_attempt_at=_time(document.next_attempt_at),
        status=document.status,
        reason=document.reason,
    )


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else format_rfc3339(moment)
