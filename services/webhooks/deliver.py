"""From the ledger to the receivers: a bounded number at a time, few of them for one webhook."""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from services.webhooks.ledger import Due, Ledger
from services.webhooks.measures import Measures
from services.webhooks.schedule import DELAYS, delay_after
from services.webhooks.sign import SecretInvalid, headers_of, message_id
from shared.fetch import Fetcher, TargetRefused, TargetUnreachable
from shared.queries.webhooks import WebhookTarget
from shared.runtime.clock import Clock

log = logging.getLogger(__name__)

AT_ONCE = 16
AT_ONCE_EACH = 4
ATTEMPT_SECONDS = 15.0
# Longer than an attempt can take: a lease that ends early would post twice.
LEASE_SECONDS = 60.0
GONE = 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`reason` None: it was delivered. `is_final`: it would fail the same way for ever."""

    status: int | None = None
    reason: str | None = None
    is_final: bool = False


@dataclass(slots=True, kw_only=True)
class Deliverer:
    ledger: Ledger
    fetcher: Fetcher
    clock: Clock
    measures: Measures
    delays: Sequence[float] = DELAYS
    _in_hand: Counter[str] = field(default_factory=Counter)
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    async def deliver_due(self, targets: dict[str, WebhookTarget]) -> int:
        """Begins what is due and fits; how many it began."""
        room = AT_ONCE - len(self._tasks)
        free = [id_ for id_ in targets if self._in_hand[id_] < AT_ONCE_EACH]
        if room <= 0 or not free:
            return 0
        due = await self.ledger.lease(free, limit=room, seconds=LEASE_SECONDS)
        for each in due:
            self._in_hand[each.webhook_id] += 1
            task = asyncio.create_task(self._attempt(targets[each.webhook_id], each))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return len(due)

    async def settle(self, seconds: float) -> None:
        """Time for what is in hand; what is left is leased, and due again later."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in self._tasks:
            task.cancel()

    async def _attempt(self, target: WebhookTarget, due: Due) -> None:
        try:
            outcome = await self._post(target, due)
            await self._note(due, outcome)
        except Exception:
            # The lease ends by itself and the delivery is tried again.
            log.exception("delivery_broke", extra={"webhook_id": due.webhook_id})
        finally:
            self._in_hand[due.webhook_id] -= 1
            if not self._in_hand[due.webhook_id]:
                del self._in_hand[due.webhook_id]

    async def _post(self, target: WebhookTarget, due: Due) -> Outcome:
        if target.secret is None:
            return Outcome(reason="secret_erased", is_final=True)
        body = due.payload.encode()
        message = message_id(target.id, due.position)
        now = self.clock.now()
        secrets = [target.secret]
        if target.former_secret and target.former_until and target.former_until > now:
            secrets.append(target.former_secret)
        try:
            headers = headers_of(*secrets, message=message, at=now, body=body)
            answer = await self.fetcher.post(
                target.url, body, headers, total_seconds=ATTEMPT_SECONDS
            )
        except SecretInvalid:
            return Outcome(reason="secret_invalid", is_final=True)
        except TargetRefused as refused:
            # The detail is for us: told to tenants it would scan our network (THREATS row 14).
            log.warning(
                "webhook_target_refused", extra={"webhook_id": target.id, "why": str(refused)}
            )
            return Outcome(reason="target_refused")
        except TargetUnreachable as unreachable:
            log.info(
                "webhook_target_unreachable",
                extra={"webhook_id": target.id, "why": str(unreachable)},
            )
            return Outcome(reason="target_unreachable")
        if 200 <= answer.status < 300:
            return Outcome(status=answer.status)
        return Outcome(status=answer.status, reason="answered_no", is_final=answer.status == GONE)

    async def _note(self, due: Due, outcome: Outcome) -> None:
        if outcome.reason is None:
            self.measures.attempts.labels("delivered").inc()
            await self.ledger.delivered(due, status=outcome.status or 0)
            return
        self.measures.attempts.labels(outcome.reason).inc()
        chance = random.random()  # noqa: S311 - spreads load, guards nothing
        delay = None if outcome.is_final else delay_after(due.attempts, chance, self.delays)
        await self.ledger.failed(due, status=outcome.status, reason=outcome.reason, delay=delay)
        log.info(
            "webhook_not_delivered",
            extra={
                "webhook_id": due.webhook_id,
                "position": due.position,
                "attempts": due.attempts,
                "reason": outcome.reason,
                "again_in": delay,
            },
        )
