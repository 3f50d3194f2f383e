"""Follows the KV bucket of route tables: all of them first, then each change, for ever.

Our own small consumer rather than the client library's watcher: it is made anew, with everything,
after any gap, silence or reconnect, so a lost message cannot leave an old route behind; and its
name makes the permission exact. Only a delete marker forgets a service. A bucket that has lost its
content says nothing, and the edge goes on with what it has.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable

import nats.errors
import nats.js.errors
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from shared.bus.broker import Bus
from shared.bus.routes import RouteTable, decode_table
from shared.bus.subjects import ROUTES_BUCKET

log = logging.getLogger(__name__)

STREAM = f"KV_{ROUTES_BUCKET}"
PREFIX = f"$KV.{ROUTES_BUCKET}."
HEARTBEAT_SECONDS = 2.0
SILENCE_SECONDS = 3 * HEARTBEAT_SECONDS
AGAIN_SECONDS = 0.5
CALL_SECONDS = 5.0

# A table, or None where its service is to be forgotten.
Take = Callable[[str, RouteTable | None], None]


class Broken(Exception):
    """The consumer can no longer be trusted to have told everything."""


class TableWatch:
    def __init__(self, bus: Bus, take: Take) -> None:
        self._bus = bus
        self._take = take
        self.is_caught_up = False

    async def run(self) -> None:
        """Ends only by cancellation."""
        while True:
            try:
                await self._follow()
            except nats.js.errors.NotFoundError:
                log.info("routes_bucket_missing")  # The scheduler makes it at its first start.
            except (Broken, nats.errors.Error, OSError, TimeoutError) as error:
                log.warning("routes_watch_broken", extra={"error": repr(error)[:200]})
            await asyncio.sleep(AGAIN_SECONDS)

    async def _follow(self) -> None:
        client = self._bus.client
        inbox = client.new_inbox()
        subscription = await client.subscribe(inbox)
        name = f"edge-{secrets.token_hex(8)}"
        try:
            created = await client.jetstream(timeout=CALL_SECONDS).add_consumer(
                STREAM, _consumer(name, inbox)
            )
            left = created.num_pending or 0
            self._bus.reconnected.clear()
            expected = 1
            while True:
                if left <= 0 and not self.is_caught_up:
                    self.is_caught_up = True
                    log.info("routes_caught_up", extra={"tables": expected - 1})
                message = await subscription.next_msg(timeout=SILENCE_SECONDS)
                if self._bus.reconnected.is_set():
                    raise Broken("the connection was lost in between")
                if _is_heartbeat(message):
                    _check_heartbeat(message, expected - 1)
                    continue
                if message.metadata.sequence.consumer != expected:
                    raise Broken("a message is missing")
                expected += 1
                left -= 1
                self._tell(message)
        finally:
            if client.is_connected:
                await subscription.unsubscribe()

    def _tell(self, message: Msg) -> None:
        service_id = message.subject.removeprefix(PREFIX)
        if (message.headers or {}).get("KV-Operation") in ("DEL", "PURGE"):
            self._take(service_id, None)
            return
        try:
            table = decode_table(message.data)
        except ValueError as broken:
            # Keep what is routed: a table we cannot read must not stop a service that runs.
            log.error(
                "route_table_unreadable", extra={"key": service_id, "text": str(broken)[:300]}
            )
            return
        if table.service_id != service_id:
            log.error("route_table_misplaced", extra={"key": service_id})
            return
        self._take(service_id, table)


def _consumer(name: str, inbox: str) -> ConsumerConfig:
    return ConsumerConfig(
        name=name,
        deliver_subject=inbox,
        deliver_policy=DeliverPolicy.LAST_PER_SUBJECT,
        ack_policy=AckPolicy.NONE,
        filter_subject=f"{PREFIX}>",
        idle_heartbeat=HEARTBEAT_SECONDS,
        inactive_threshold=30.0,
        mem_storage=True,
        num_replicas=1,
        max_deliver=1,
    )


def _is_heartbeat(message: Msg) -> bool:
    return (message.headers or {}).get("Status") == "100"


def _check_heartbeat(message: Msg, seen: int) -> None:
    """A heartbeat names the last message that was sent: one we never got is a gap."""
    sent = (message.headers or {}).get("Nats-Last-Consumer")
    if sent is not None and int(sent) != seen:
        raise Broken(f"{sent} tables were sent and {seen} came")
