"""Between `/ops` and the domain: subscriptions, and what a NATS client has to know."""

from services.gateway.surfaces.ops.resources.subscriptions import wire
from shared.access.subscriber import consumer_of, inbox_of
from shared.bus.subjects import EVENT_STREAM, acks_of, events_of_account, next_of
from shared.kernel.time import format_rfc3339
from shared.queries.subscriptions import SubscriptionDocument


def from_document(
    document: SubscriptionDocument, *, url: str | None, installation: bytes
) -> wire.Subscription:
    consumer = consumer_of(document.id, installation)
    return wire.Subscription(
        id=document.id,
        account_id=document.account_id,
        api_key_id=document.key_id,
        name=document.name,
        after=document.after,
        created_at=format_rfc3339(document.created_at),
        connection=wire.Connection(
            url=url,
            user=document.id,
            password=f"the token of the API key {document.key_id}",
            inbox_prefix=inbox_of(document.id, installation),
            stream=EVENT_STREAM,
            consumer=consumer,
            next_subject=next_of(consumer),
            ack_subject=f"{acks_of(consumer)}.>",
            events=events_of_account(document.account_id),
        ),
    )
