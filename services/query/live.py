"""Events as they come: pushed by JetStream into a bounded queue, taken out in batches, no timer.

Nothing here need be complete. What is dropped, late or out of order shows as a hole in the
positions, and the reader fills holes from the log; so there are no acknowledgements either."""

import asyncio
import contextlib
import logging
import time
from collections import deque

from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.client import JetStreamContext
from nats.js.errors import APIError

from shared.bus.broker import Bus
from shared.bus.subjects import EVENT_STREAM
from shared.envelope.codec import Undecodable
from shared.envelope.event import EventEnvelope, from_cloud_event
from shared.runtime.ids import new_command_id

log = logging.getLogger(__name__)

QUEUE_MAX = 5000
QUEUE_BYTES_MAX = 64 * 1024 * 1024
CALL_SECONDS = 2.0
HEARTBEAT_SECONDS = 2.0
SILENCE_SECONDS = 3 * HEARTBEAT_SECONDS


class LiveEvents:
    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._queue: deque[bytes] = deque()
        self._stirred = asyncio.Event()
        self._subscription: Subscription | None = None
        self._consumer = ""
        self._reconnects = 0
        self._heard_at = 0.0

    @property
    def is_open(self) -> bool:
        """False also where the server has forgotten us: after a restart of its own, which is seen
        by our reconnecting, or else by its heartbeats staying away."""
        return (
            self._subscription is not None
            and self._bus.is_connected
            and self._bus.client.stats["reconnects"] == self._reconnects
            and time.monotonic() - self._heard_at < SILENCE_SECONDS
        )

    async def open(self, *, after: int) -> bool:
        """From the position after that one. False where the bus or the stream is away."""
        await self.close()
        if not self._bus.is_connected:
            return False
        client = self._bus.client
        inbox = client.new_inbox()
        self._reconnects = client.stats["reconnects"]
        self._consumer = f"views-{new_command_id()}"
        try:
            self._subscription = await client.subscribe(
                inbox,
                cb=self._receive,
                pending_msgs_limit=QUEUE_MAX,
                pending_bytes_limit=QUEUE_BYTES_MAX,
            )
            await self._jetstream().add_consumer(
                EVENT_STREAM,
                ConsumerConfig(
                    name=self._consumer,
                    deliver_subject=inbox,
                    deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                    opt_start_seq=after + 1,
                    ack_policy=AckPolicy.NONE,
                    idle_heartbeat=HEARTBEAT_SECONDS,
                    inactive_threshold=60,
                    mem_storage=True,
                    num_replicas=1,
                ),
            )
        except (NatsError, APIError, TimeoutError, OSError) as error:
            log.warning("live_events_unavailable", extra={"error": type(error).__name__})
            await self.close()
            return False
        self._heard_at = time.monotonic()
        log.info("live_events_opened", extra={"after": after})
        return True

    async def close(self) -> None:
        subscription, self._subscription = self._subscription, None
        self._queue.clear()
        if subscription is None:
            return
        # A server that is away forgets the consumer by itself (inactive_threshold).
        with contextlib.suppress(NatsError, APIError, TimeoutError, OSError):
            await subscription.unsubscribe()
            if self._bus.is_connected:
                await self._jetstream().delete_consumer(EVENT_STREAM, self._consumer)

    def stir(self) -> None:
        """Ends a `take` that waits, with what there is."""
        self._stirred.set()

    async def take(self, seconds: float, limit: int) -> list[EventEnvelope]:
        """Whatever has come; nothing after that time or when stirred."""
        if not self._queue:
            self._stirred.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._stirred.wait()
        events: list[EventEnvelope] = []
        while self._queue and len(events) < limit:
            try:
                events.append(from_cloud_event(self._queue.popleft()))
            except Undecodable:
                # Read from the log instead, for it leaves a hole.
                log.exception("live_event_undecodable")
        return events

    async def _receive(self, message: Msg) -> None:
        self._heard_at = time.monotonic()
        if not message.data:
            return  # A heartbeat.
        if len(self._queue) < QUEUE_MAX:
            self._queue.append(message.data)
        self._stirred.set()

    def _jetstream(self) -> JetStreamContext:
        return self._bus.client.jetstream(timeout=CALL_SECONDS)
