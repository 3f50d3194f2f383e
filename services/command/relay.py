"""The relay: committed events to JetStream, in log order, so that its sequence equals the position.

Every message says which sequence it expects before it (`Nats-Expected-Last-Sequence`), so JetStream
itself refuses a gap, a duplicate and a second relay. Only the first and the last message of a batch
ask for an acknowledgement: the last can be accepted only if all before it were, and the first shows
that it was ours which took its place. After any refusal or silence the
stream is asked where it stands and the log is read from there: Postgres is the record, and a lost
tail is published again. A relay that dies anywhere is therefore simply started again.

Commands that follow from an event (follow_up.py) are given before the event is published: whoever
hears of an event may rely on what follows from it having been tried."""

import asyncio
import json
import logging

from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError
from nats.js.api import StorageType, StreamConfig
from nats.js.client import JetStreamContext
from nats.js.errors import APIError, NotFoundError

from services.command.follow_up import CAUSES
from services.command.handle import Handler
from shared.bus.broker import Bus, Unanswered
from shared.bus.subjects import APPENDED_HINT, EVENT_PREFIX, EVENT_STREAM, RELAYED, event_subject
from shared.domain.catalog import EVENTS
from shared.envelope.codec import Undecodable
from shared.envelope.event import from_cloud_event, to_cloud_event
from shared.envelope.messages import CommandEnvelope
from shared.eventstore import EventStoreFailure, Recorded, Store
from shared.eventstore.relayed import envelope_of
from shared.kernel.actor import process_actor
from shared.runtime.shutdown import Shutdown

log = logging.getLogger(__name__)

BATCH = 500
BATCH_BYTES = 4 * 1024 * 1024
POLL_SECONDS = 0.1
ACK_SECONDS = 5.0
RETRY_SECONDS = 0.2
RETENTION_SECONDS = 7 * 24 * 3600

CAUSE_TYPES = frozenset(name for name, (cls, _) in EVENTS.items() if cls in CAUSES)


class Misaligned(Exception):
    """The stream and the log do not meet where we thought; look again."""


class FirstAcks:
    """Acknowledgements that are waited for only after more was sent: no round trip of their own."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._base = ""
        self._subscription: Subscription | None = None

    async def open(self) -> None:
        await self.close()
        self._base = self._bus.client.new_inbox()
        self._subscription = await self._bus.client.subscribe(f"{self._base}.*")

    async def close(self) -> None:
        subscription, self._subscription = self._subscription, None
        if subscription is not None and self._bus.is_connected:
            await subscription.unsubscribe()

    def inbox(self, recorded: Recorded) -> str:
        return f"{self._base}.{recorded.position}"

    async def take(self, recorded: Recorded) -> bytes:
        """Those of batches that were given up come first; they are passed over."""
        if self._subscription is None:
            raise Misaligned("the acknowledgements are not listened to")
        async with asyncio.timeout(ACK_SECONDS):
            while True:
                message = await self._subscription.next_msg(ACK_SECONDS)
                if message.subject == self.inbox(recorded):
                    return message.data


class Relay:
    def __init__(self, bus: Bus, store: Store, handler: Handler) -> None:
        self._bus = bus
        self._store = store
        self._handler = handler
        self._wake = asyncio.Event()
        self._first_acks = FirstAcks(bus)
        self._doubted = 0  # a position where something else than our event may stand
        self.position = -1  # of the last event the stream holds; -1 while that is unknown

    def wake(self, position: int) -> None:
        """Something was appended here. Where another process relays, it is told; lossy is fine, its
        poll finds it too."""
        if self.position < 0:
            self._bus.hint(APPENDED_HINT)
        self._wake.set()

    def hinted(self) -> None:
        """Something was appended elsewhere."""
        self._wake.set()

    async def run(self, shutdown: Shutdown) -> None:
        while not shutdown.asked:
            try:
                await self._first_acks.open()
                self.position = await self._align()
                await self._relay(shutdown)
            except (Misaligned, NatsError, Unanswered, EventStoreFailure, OSError) as error:
                self.position = -1
                log.warning(
                    "relay_interrupted",
                    extra={"error": type(error).__name__, "text": str(error)[:200]},
                )
                await shutdown.wait_for(RETRY_SECONDS)

    async def _relay(self, shutdown: Shutdown) -> None:
        while not shutdown.asked:
            self._wake.clear()
            events = await self._store.read_log(self.position, BATCH)
            if not events:
                try:
                    async with asyncio.timeout(POLL_SECONDS):
                        await self._wake.wait()
                except TimeoutError:
                    continue
                continue
            await self._follow_up(events)
            await self._publish(events)

    async def _publish(self, events: list[Recorded]) -> None:
        size = 0
        last = events[-1]
        for recorded in events[:-1]:
            body = to_cloud_event(envelope_of(recorded))
            reply = self._first_acks.inbox(recorded) if recorded is events[0] else ""
            await self._bus.client.publish(
                _subject(recorded), body, reply, headers=_headers(recorded)
            )
            size += len(body)
            if size > BATCH_BYTES:
                await self._bus.client.flush(int(ACK_SECONDS))
                size = 0
        _check(
            await self._bus.request(
                _subject(last),
                to_cloud_event(envelope_of(last)),
                seconds=ACK_SECONDS,
                headers=_headers(last),
            ),
            last,
        )
        if len(events) > 1:
            self._doubted = events[0].position
            _check(await self._first_acks.take(events[0]), events[0])
        self._doubted = 0
        self.position = last.position
        self._bus.hint(RELAYED, str(last.position).encode())

    async def _follow_up(self, events: list[Recorded]) -> None:
        causes = [recorded for recorded in events if recorded.type in CAUSE_TYPES]
        if causes:
            # Else our index may not yet know the very thing that the command follows from.
            await self._handler.access.catch_up()
        for recorded in causes:
            try:
                event = envelope_of(recorded).decoded()
            except Undecodable:
                # Of a newer version than ours: the log goes on, and somebody has to look.
                log.exception("cause_undecodable", extra={"position": recorded.position})
                continue
            cause = CommandEnvelope(
                command_id=recorded.command_id,
                actor=process_actor("command"),
                surface=recorded.surface,
                correlation_id=recorded.correlation_id,
                reason=recorded.reason,
            )
            await self._handler.follow_up(event, recorded.version, cause, recorded.recorded_at)

    async def _align(self) -> int:
        """Where the stream stands, after making it or making it anew where it cannot be ours."""
        js = self._bus.client.jetstream(timeout=ACK_SECONDS)
        head = await self._store.head()
        try:
            info = await js.stream_info(EVENT_STREAM)
        except NotFoundError:
            return await self._create(head)
        last = int(info.state.last_seq)
        held = range(int(info.state.first_seq), last + 1) if info.state.messages else range(0)
        looked_at = [position for position in (last, self._doubted) if position in held]
        if last > head or not all([await self._is_ours(js, each) for each in looked_at]):
            # The log was restored to an earlier moment (or is another one), or somebody wrote into
            # the stream: what it holds there never happened.
            log.error("stream_not_of_this_log", extra={"stream": last, "log": head})
            await js.delete_stream(EVENT_STREAM)
            return await self._create(head)
        return last

    async def _is_ours(self, js: JetStreamContext, position: int) -> bool:
        """Whether the stream holds the log's event of that position there. Looking at the last is
        enough as a rule: each was taken only behind the one before it."""
        try:
            message = await js.get_msg(EVENT_STREAM, position)
            held = from_cloud_event(message.data or b"")
        except (NotFoundError, Undecodable):
            return False
        events = await self._store.read_log(position - 1, 1)
        return bool(events) and held.event_id == events[0].event_id

    async def _create(self, head: int) -> int:
        js = self._bus.client.jetstream(timeout=ACK_SECONDS)
        first = 1 if head <= BATCH else max(1, head - 100_000)
        try:
            await js.add_stream(
                StreamConfig(
                    name=EVENT_STREAM,
                    subjects=[f"{EVENT_PREFIX}.>"],
                    storage=StorageType.FILE,
                    max_age=RETENTION_SECONDS,
                    first_seq=first,
                    # Publishers may not remove or roll up what subscribers count on.
                    deny_delete=True,
                    allow_direct=False,
                )
            )
        except APIError as error:
            raise Misaligned(f"the stream cannot be made: {error.description}") from error
        log.info("stream_created", extra={"first": first, "head": head})
        return first - 1


def _check(reply: bytes, recorded: Recorded) -> None:
    acknowledged = json.loads(reply)
    if "error" in acknowledged or acknowledged.get("seq") != recorded.position:
        raise Misaligned(str(acknowledged.get("error", acknowledged))[:200])


def _subject(recorded: Recorded) -> str:
    stream_id = recorded.stream.partition("-")[2]
    return event_subject(
        recorded.account_id, recorded.stream_type, stream_id, recorded.type.partition(".")[2]
    )


def _headers(recorded: Recorded) -> dict[str, str]:
    return {
        "Nats-Expected-Last-Sequence": str(recorded.position - 1),
        "Nats-Msg-Id": f"1:{recorded.position}",
    }
