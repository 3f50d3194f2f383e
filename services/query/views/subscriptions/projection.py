"""subscriptions: each as it was at every position."""

from typing import Any

from services.query.view import Write
from shared.domain.subscription.events import SubscriptionCreated, SubscriptionRemoved
from shared.envelope.event import EventEnvelope


def project(event: object, envelope: EventEnvelope) -> tuple[Write, ...]:
    match event:
        case SubscriptionCreated():
            row = {
                "subscription_id": event.subscription_id,
                "account_id": event.account_id,
                "key_id": event.key_id,
                "name": event.name,
                "after": envelope.position if event.after is None else event.after,
                "at": envelope.at,
            }
            return (_write("insert_subscription", envelope, row),)
        case SubscriptionRemoved():
            row = {"subscription_id": event.subscription_id}
            return (_write("close_subscription", envelope, row),)
        case _:
            return ()


def _write(statement: str, envelope: EventEnvelope, row: dict[str, Any]) -> Write:
    return Write(
        statement=statement, key=envelope.stream, row={"position": envelope.position, **row}
    )
