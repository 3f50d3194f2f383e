"""From the log to the ledger: for each webhook the events it asked for, and its replays."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from services.webhooks.ledger import Ledger, NewDelivery
from shared.envelope.feed import feed_event
from shared.queries.audit import AuditEvent, FeedPage, FollowLog
from shared.queries.webhooks import WebhookTarget

log = logging.getLogger(__name__)

PAGE = 200
REPLAYED = "webhook.delivery_replayed"

D = TypeVar("D")
Ask = Callable[[Any, type[D]], Awaitable[D]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taker:
    ledger: Ledger
    follow: Callable[[FollowLog], Awaitable[FeedPage]]

    async def take(self, target: WebhookTarget) -> bool:
        """True where there is more to take at once."""
        looked = await self.ledger.looked(target.id, target.since)
        await self._replays(target, looked.replayed)
        page = await self.follow(
            FollowLog(
                after=looked.position,
                limit=PAGE,
                account_id=target.account_id,
                project_id=target.project_id,
                types=target.types,
            )
        )
        if page.seen > looked.position:
            taken = [_new(event) for event in page.events]
            await self.ledger.take(target.id, taken, seen=page.seen)
        return page.seen < page.head

    async def _replays(self, target: WebhookTarget, replayed: int) -> None:
        page = await self.follow(
            FollowLog(
                after=replayed,
                limit=PAGE,
                account_id=target.account_id,
                stream=f"webhook-{target.id}",
                types=(REPLAYED,),
            )
        )
        for asked in page.events:
            event = await self._event_at(target, asked.data["position"])
            if event is not None:
                await self.ledger.replay(target.id, _new(event), asked=asked.position)
            else:
                log.info("replay_of_nothing", extra={"webhook_id": target.id})
        if page.seen > replayed:
            await self.ledger.replayed(target.id, asked=page.seen)

    async def _event_at(self, target: WebhookTarget, position: int) -> AuditEvent | None:
        """Of the webhook's own account and project only, whatever position somebody named."""
        page = await self.follow(
            FollowLog(
                after=position - 1,
                limit=1,
                account_id=target.account_id,
                project_id=target.project_id,
            )
        )
        found = page.events[0] if page.events else None
        return found if found is not None and found.position == position else None


def _new(event: AuditEvent) -> NewDelivery:
    return NewDelivery(position=event.position, type=event.type, payload=feed_event(event).decode())
