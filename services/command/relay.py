"""The relay: committed events to JetStream, in log order, so that its sequence equals the position.

Every message says which sequence it expects before it (`Nats-Expected-Last-Sequence`), so JetStream
itself refuses a gap, a duplicate and a second relay. Only the last message of a batch asks for an
acknowledgement: it can be accepted only if all before it were. After any refusal or silence the
stream is asked where it stands and the log is read from there: Postgres is the record, and a lost
tail is published again. A relay that dies anywhere is therefore simply started again.

Commands that follow from an event (follow_up.py) are given before the event is published: whoever
hears of an event may rely on what follows from it having been tried."""

import asyncio
import json
import logging

from nats.errors import Error as NatsError
from nats.js.api import StorageType, StreamConfig
from nats.js.errors import APIError, NotFoundError

from services.command.follow_up import CAUSES
from services.command.handle import Handler
from shared.bus.broker import Bus, Unanswered
from shared.bus.subjects import EVENT_PREFIX, EVENT_STREAM, POSITION_HEARTBEAT, event_subject
from shared.domain.catalog import EVENTS
from shared.envelope.event import EventEnvelope, to_cloud_event
from shared.envelope.messages import CommandEnvelope
from shared.eventstore import EventStoreFailure, Recorded, Store
from shared.kernel.actor import process_actor
from shared.runtime.shutdown import Shutdown

log = logging.getLogger(__name__)

BATCH = 500
BATCH_BYTES = 4 * 1024 * 1024
POLL_SECONDS = 0.1
ACK_SECONDS = 5.0
RETRY_SECONDS = 0.2
RETENTION_SECONDS = 7 * 24 * 3600
HEARTBEAT_SECONDS = 1.0

CAUSE_TYPES = frozenset(name for name, (cls, _) in EVENTS.items() if cls in CAUSES)


class Misaligned(Exception):
    """The stream and the log do not meet where we thought; look again."""


class Relay:
    def __init__(self, bus: Bus, store: Store, handler: Handler) -> None:
        self._bus = bus
        self._store = store
        self._handler = handler
        self._wake = asyncio.Event()
        self.position = -1  # of the last event the stream holds; -1 while that is unknown

    def wake(self, position: int) -> None:
        """A hint that something was appended; lossy is fine, the poll finds it too."""
        self._wake.set()

    async def run(self, shutdown: Shutdown) -> None:
        while not shutdown.asked:
            try:
                self.position = await self._align()
                await self._relay(shutdown)
            except (Misaligned, NatsError, Unanswered, EventStoreFailure, OSError) as error:
                self.position = -1
                log.warning(
                    "relay_interrupted",
                    extra={"error": type(error).__name__, "text": str(error)[:200]},
                )
                await shutdown.wait_for(RETRY_SECONDS)

    async def beat(self, shutdown: Shutdown) -> None:
        """Once a second the relayed position, so that a quiet stream differs from a starved one."""
        while not await shutdown.wait_for(HEARTBEAT_SECONDS):
            if self.position >= 0 and self._bus.is_connected:
                await self._bus.publish(POSITION_HEARTBEAT, str(self.position).encode())

    async def _relay(self, shutdown: Shutdown) -> None:
        while not shutdown.asked:
            self._wake.clear()
            events = await self._store.read_log(self.position, BATCH)
            if not events:
                try:
                    await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)
                except TimeoutError:
                    continue
                continue
            await self._follow_up(events)
            await self._publish(events)

    async def _publish(self, events: list[Recorded]) -> None:
        size = 0
        for recorded in events[:-1]:
            body = to_cloud_event(_envelope(recorded))
            await self._bus.client.publish(_subject(recorded), body, headers=_headers(recorded))
            size += len(body)
            if size > BATCH_BYTES:
                await self._bus.client.flush(int(ACK_SECONDS))
                size = 0
        last = events[-1]
        reply = json.loads(
            await self._bus.request(
                _subject(last),
                to_cloud_event(_envelope(last)),
                seconds=ACK_SECONDS,
                headers=_headers(last),
            )
        )
        if "error" in reply or reply.get("seq") != last.position:
            raise Misaligned(str(reply.get("error", reply))[:200])
        self.position = last.position

    async def _follow_up(self, events: list[Recorded]) -> None:
        for recorded in events:
            if recorded.type in CAUSE_TYPES:
                cause = CommandEnvelope(
                    command_id=recorded.command_id,
                    actor=process_actor("command"),
                    surface=recorded.surface,
                    correlation_id=recorded.correlation_id,
                    reason=recorded.reason,
                )
                event = _envelope(recorded).decoded()
                await self._handler.follow_up(event, recorded.version, cause)

    async def _align(self) -> int:
        """Where the stream stands, after making it or making it anew where it cannot be ours."""
        js = self._bus.client.jetstream(timeout=ACK_SECONDS)
        head = await self._store.head()
        try:
            info = await js.stream_info(EVENT_STREAM)
        except NotFoundError:
            return await self._create(head)
        last = int(info.state.last_seq)
        if last > head:
            # The log was restored to an earlier moment (or is another one): what the stream holds
            # beyond it never happened.
            log.error("stream_ahead_of_log", extra={"stream": last, "log": head})
            await js.delete_stream(EVENT_STREAM)
            return await self._create(head)
        return last

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


def _envelope(recorded: Recorded) -> EventEnvelope:
    return EventEnvelope(
        position=recorded.position,
        at=recorded.recorded_at,
        account_id=recorded.account_id,
        stream=recorded.stream,
        version=recorded.version,
        event_id=recorded.event_id,
        type=recorded.type,
        schema_version=recorded.schema_version,
        command_id=recorded.command_id,
        correlation_id=recorded.correlation_id,
        causation_id=recorded.causation_id,
        actor=recorded.actor,
        credential_id=recorded.credential_id,
        surface=recorded.surface,
        reason=recorded.reason,
        data=recorded.data,
    )
