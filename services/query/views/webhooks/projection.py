"""webhooks: one row per webhook and state of it. Fed by webhook events."""

from datetime import timedelta
from typing import Any, assert_never

from services.query.view import Write
from shared.domain.webhook.events import (
    DeliveryReplayed,
    WebhookCreated,
    WebhookEvent,
    WebhookRemoved,
    WebhookRevised,
    WebhookSecretRotated,
)
from shared.envelope.event import EventEnvelope
from shared.kernel.json import dumps


def project(event: WebhookEvent, envelope: EventEnvelope) -> tuple[Write, ...]:
    match event:
        case WebhookCreated():
            row = {
                "account_id": event.account_id,
                "project_id": event.project_id,
                "url": event.url,
                "description": event.description,
                "types": dumps(event.types),
                "is_enabled": event.is_enabled,
                "secret_id": event.secret.secret_id,
            }
            return (_write("insert_webhook", event.webhook_id, envelope, **row),)
        case WebhookRevised():
            row = {
                "project_id": event.project_id,
                "url": event.url,
                "description": event.description,
                "types": dumps(event.types),
                "is_enabled": event.is_enabled,
            }
            return (_write("revise_webhook", event.webhook_id, envelope, **row),)
        case WebhookSecretRotated():
            overlap = timedelta(seconds=event.overlap_seconds)
            until = envelope.at + overlap if overlap else None
            secret_id = event.secret.secret_id
            return (
                _write(
                    "rotate_secret",
                    event.webhook_id,
                    envelope,
                    secret_id=secret_id,
                    former_until=until,
                ),
            )
        case WebhookRemoved():
            return (_write("close_webhook", event.webhook_id, envelope),)
        case DeliveryReplayed():
            return ()  # The deliverer's to do; it reads the log itself.
        case _:
            assert_never(event)


def _write(statement: str, webhook_id: str, envelope: EventEnvelope, **row: Any) -> Write:
    return Write(
        statement=statement,
        key=webhook_id,
        row={"id": webhook_id, "position": envelope.position, "at": envelope.at, **row},
    )
