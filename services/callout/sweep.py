"""Closes connections that would not be let in any more, and keeps consumers as they are wanted.

Level-triggered: an event of access only says "look now"; a look every half second finds what an
event, a restart or a lost message has missed."""

import asyncio
import logging
from collections import Counter

from nats.errors import Error as NatsError

from services.callout.admission import ACTOR
from services.callout.connections import Connection, Connections
from services.callout.consumers import Consumers
from services.callout.measures import Measures
from shared.bus.ask import ask
from shared.bus.broker import Bus, Unanswered
from shared.envelope.codec import Undecodable
from shared.envelope.event import from_cloud_event
from shared.envelope.messages import Answered
from shared.queries.subscriptions import (
    Admitted,
    AdmittedList,
    ConfirmSubscribers,
    ListSubscriptionIds,
    Subscriber,
    SubscriptionIds,
)
from shared.runtime.clock import Clock

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
SETTLE_SECONDS = 0.03  # Events come in handfuls: one look for all of them.
TIDY_SECONDS = 15.0
QUESTION_SECONDS = 3.0
# Rights that nobody could confirm for so long are rights no more.
UNCONFIRMED_SECONDS = 60.0
OVERDUE_SECONDS = 10.0
CONNECTIONS_EACH_MAX = 8
_ITEMS_MAX = 2000


class Sweep:
    def __init__(
        self,
        *,
        bus: Bus,
        connections: Connections,
        consumers: Consumers,
        clock: Clock,
        measures: Measures,
    ) -> None:
        self._bus = bus
        self._connections = connections
        self._consumers = consumers
        self._clock = clock
        self._measures = measures
        self._wake = asyncio.Event()
        self._position = 0  # which the answers must have seen
        self._confirmed_at = clock.monotonic()
        self._looked_at: float | None = None
        self._tidy_due = 0.0  # of the clock; 0 is at once

    @property
    def is_current(self) -> bool:
        looked = self._looked_at
        return looked is not None and self._clock.monotonic() - looked < OVERDUE_SECONDS

    @property
    def _is_tidy_due(self) -> bool:
        return self._clock.monotonic() >= self._tidy_due

    async def hear(self, subject: str, body: bytes) -> None:
        """An event that may take a right away."""
        try:
            self._position = max(self._position, from_cloud_event(body).position)
        except (Undecodable, ValueError, KeyError) as error:
            log.warning("event_unreadable", extra={"subject": subject, "error": str(error)[:200]})
        if subject.split(".")[2:3] == ["subscription"]:
            self._tidy_due = 0.0  # Its consumer goes with it.
        self._wake.set()

    async def run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._wake.wait()
                await asyncio.sleep(SETTLE_SECONDS)
            except TimeoutError:
                pass  # Nothing was heard: look all the same.
            self._wake.clear()
            try:
                await self.look()
            except (Unanswered, NatsError, TimeoutError, ValueError, KeyError) as error:
                log.warning("sweep_failed", extra={"error": f"{type(error).__name__}: {error}"})

    async def look(self) -> None:
        connections = await self._connections.listed()
        self._measures.connected(len(connections))
        if connections:
            await self._close_unconfirmed(connections)
        else:
            self._confirmed_at = self._clock.monotonic()
        self._looked_at = self._clock.monotonic()
        if self._is_tidy_due:
            self._tidy_due = self._looked_at + TIDY_SECONDS
            await self._tidy()

    async def _close_unconfirmed(self, connections: tuple[Connection, ...]) -> None:
        try:
            confirmed = await self._confirmed(connections)
        except (Unanswered, NatsError, TimeoutError):
            if self._clock.monotonic() - self._confirmed_at < UNCONFIRMED_SECONDS:
                raise
            log.error("subscribers_unconfirmed", extra={"seconds": UNCONFIRMED_SECONDS})
            confirmed = {}
        else:
            self._confirmed_at = self._clock.monotonic()
        counts: Counter[str] = Counter()
        for connection in connections:
            pair = (connection.subscription_id, connection.key_id)
            counts[pair[0] or ""] += 1
            if pair not in confirmed:
                await self._close(connection, "no right")
            elif counts[pair[0] or ""] > CONNECTIONS_EACH_MAX:
                await self._close(connection, "too many")
        await self._mend(tuple(confirmed.values()))

    async def _confirmed(
        self, connections: tuple[Connection, ...]
    ) -> dict[tuple[str | None, str | None], Admitted]:
        asked = sorted(
            {(c.subscription_id, c.key_id) for c in connections if c.subscription_id and c.key_id}
        )
        found: dict[tuple[str | None, str | None], Admitted] = {}
        for start in range(0, len(asked), _ITEMS_MAX):
            items = tuple(
                Subscriber(subscription_id=subscription_id, key_id=key_id)
                for subscription_id, key_id in asked[start : start + _ITEMS_MAX]
                if subscription_id and key_id
            )
            answer = await ask(
                self._bus,
                ConfirmSubscribers(items=items),
                asker=ACTOR,
                seconds=QUESTION_SECONDS,
                after=self._position,
            )
            if not isinstance(answer, Answered) or not isinstance(answer.document, AdmittedList):
                raise Unanswered("the query process refused to confirm subscribers")
            found |= {(each.subscription_id, each.key_id): each for each in answer.document.items}
        return found

    async def _close(self, connection: Connection, reason: str) -> None:
        await self._connections.close(connection)
        self._measures.closed(reason)
        log.info(
            "subscriber_closed",
            extra={
                "subscription": connection.subscription_id,
                "key_id": connection.key_id,
                "reason": reason,
            },
        )

    async def _mend(self, admitted: tuple[Admitted, ...]) -> None:
        """Makes consumers again that went with a stream which had to be made anew."""
        if not self._is_tidy_due:
            return
        names = await self._consumers.names()
        for each in admitted:
            if self._consumers.name_of(each.subscription_id) not in names:
                await self._consumers.ensure(each)

    async def _tidy(self) -> None:
        """Removes consumers without a subscription. Asked in this order: who has a consumer had a
        subscription before, so one that is missing afterwards was removed."""
        names = await self._consumers.names()
        if not names:
            return
        wanted = await self._wanted(after=await self._consumers.last_position())
        if wanted is None:
            self._tidy_due = 0.0
            return
        for name in sorted(names - wanted):
            await self._consumers.remove(name)
            log.info("consumer_removed", extra={"consumer": name})

    async def _wanted(self, after: int) -> set[str] | None:
        """None where the view is behind the stream: what it does not know yet may exist."""
        wanted: set[str] = set()
        last = ""
        while True:
            answer = await ask(
                self._bus,
                ListSubscriptionIds(after=last),
                asker=ACTOR,
                seconds=QUESTION_SECONDS,
                after=after,
            )
            if not isinstance(answer, Answered) or not isinstance(answer.document, SubscriptionIds):
                raise Unanswered("the query process refused to list subscriptions")
            if answer.stale or answer.position < after:
                return None
            ids = answer.document.items
            if not ids:
                return wanted
            wanted |= {self._consumers.name_of(each) for each in ids}
            last = ids[-1]
