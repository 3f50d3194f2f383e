"""The connection of one process to the bus: FastStream's broker over NATS, as its own user.

What is listened to is a FastStream subscriber. The hot paths are subscribed on the broker's own
connection: requests, answered in a task each, and the events of the log. A FastStream core
subscriber is serial, and its pipeline costs more than many a handler. What is in hand is bounded;
over the bound the caller is told at once instead of waiting out its time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from faststream.nats import NatsBroker
from faststream.security import SASLPlaintext
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError
from nats.errors import TimeoutError as NatsTimeout

from shared.bus.outbox import NobodyListens, Outbox
from shared.bus.subjects import inbox_prefix
from shared.runtime.settings import Settings

log = logging.getLogger(__name__)

IN_HAND_MAX = 4096
RECONNECT_SECONDS = 0.25
CONNECT_SECONDS = 2
PENDING_BYTES = 32 * 1024 * 1024

# (subject, body, headers) -> the reply's bytes
RawHandler = Callable[[str, bytes, dict[str, str]], Awaitable[bytes]]
Receive = Callable[[Msg], Awaitable[None]]


class Unanswered(Exception):
    """Nobody listens, or nobody answered in time. The text says which and where."""


class Bus:
    """One process's broker: `serve` before `start`, `request` and `publish` after it."""

    def __init__(self, settings: Settings, process: str) -> None:
        if settings.nats_url is None:
            raise ValueError("CHRONOPLANE_NATS_URL is not set; the supervisor sets it.")
        self.process = process
        self.reconnected = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self.broker = NatsBroker(
            settings.nats_url,
            security=SASLPlaintext(
                username=process, password=settings.keys.nats_password(process).reveal()
            ),
            name=f"chronoplane-{process}",
            inbox_prefix=inbox_prefix(process),
            max_reconnect_attempts=-1,
            # nats-py takes fractions of a second here; faststream's annotation says int.
            reconnect_time_wait=RECONNECT_SECONDS,  # type: ignore[arg-type]
            connect_timeout=CONNECT_SECONDS,
            pending_size=PENDING_BYTES,
            error_cb=_log_error,
            reconnected_cb=self._on_reconnected,
            apply_types=False,
            logger=logging.getLogger("faststream"),
        )
        self._client: Client | None = None
        self._outbox: Outbox | None = None
        self._served: list[tuple[str, str, Receive]] = []
        self._subscriptions: list[Subscription] = []

    @property
    def client(self) -> Client:
        """nats-py's own client, for JetStream and for requests on hot paths."""
        if self._client is None:
            raise RuntimeError("the bus is not started")
        return self._client

    @property
    def is_connected(self) -> bool:
        return self._client is not None and self._client.is_connected

    async def start(self) -> None:
        """Connects, for as long as it takes: at a start of everything the bus may come last."""
        while True:
            try:
                self._client = await self.broker.connect()
                break
            except (OSError, NatsTimeout, NoRespondersError) as error:
                log.warning("bus_unreachable", extra={"error": type(error).__name__})
                await asyncio.sleep(RECONNECT_SECONDS)
        outbox = Outbox(self._client)
        await outbox.open()
        self._outbox = outbox
        await self.broker.start()
        for subject, queue, receive in self._served:
            self._subscriptions.append(
                await self._client.subscribe(subject, queue=queue, cb=receive)
            )

    async def stop(self) -> None:
        """Takes no more requests, answers those in hand, then closes."""
        for subscriber in self.broker.subscribers:
            subscription = getattr(subscriber, "subscription", None)
            if subscription is not None and hasattr(subscription, "drain"):
                async with asyncio.timeout(CONNECT_SECONDS):
                    await subscription.drain()
                subscriber.subscription = None  # type: ignore[attr-defined]  # else stop drains twice
        for served in self._subscriptions:
            # nats-py leaves `drain` without types.
            async with asyncio.timeout(CONNECT_SECONDS):
                await served.drain()  # type: ignore[no-untyped-call]
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5)
        if self._outbox is not None:
            await self._outbox.settle(CONNECT_SECONDS)
        await self.broker.stop()

    def serve(self, subject: str, queue: str, handler: RawHandler) -> None:
        """Answers requests on a subject, many at once."""

        async def receive(message: Msg) -> None:
            if len(self._tasks) >= IN_HAND_MAX:
                log.error("bus_overloaded", extra={"subject": message.subject})
                self._reply(message, b'{"kind":"broken","body":{"what":"overloaded"}}')
                return
            task = asyncio.create_task(self._answer(message, handler))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        self._served.append((subject, queue, receive))

    def follow(self, subject: str, handler: Callable[[str, bytes], Awaitable[None]]) -> None:
        """Hears events of the log as they are relayed, one after another; some may be missed."""
        self._served.append((subject, "", _one_by_one(handler)))

    async def _answer(self, message: Msg, handler: RawHandler) -> None:
        try:
            reply = await handler(message.subject, message.data, message.headers or {})
        except Exception:
            # An accident must be told, or the caller waits out its time-out for nothing.
            log.exception("request_failed", extra={"subject": message.subject})
            reply = b'{"kind":"broken","body":{"what":"an accident; see the log"}}'
        self._reply(message, reply)

    def _reply(self, message: Msg, body: bytes) -> None:
        if message.reply and self._outbox is not None:
            self._outbox.put(message.reply, body)

    def listen(self, subject: str, handler: Callable[[str, bytes], Awaitable[None]]) -> None:
        """Hears every message of a subject, one after another; nobody waits for an answer."""
        self.broker.subscriber(subject, decoder=_raw, no_reply=True)(_one_by_one(handler))

    async def request(
        self, subject: str, body: bytes, *, seconds: float, headers: dict[str, str] | None = None
    ) -> bytes:
        if self._outbox is None:
            raise RuntimeError("the bus is not started")
        try:
            return await self._outbox.request(subject, body, seconds=seconds, headers=headers)
        except NobodyListens:
            raise Unanswered(f"nobody listens on {subject}") from None
        except TimeoutError:
            raise Unanswered(f"no answer on {subject} within {seconds} s") from None
        except NatsError as error:
            raise Unanswered(f"the connection refuses {subject}: {error}") from error

    async def publish(self, subject: str, body: bytes) -> None:
        """Core NATS: at most once. Only for what the next full pass would find anyway."""
        await self.client.publish(subject, body)

    def hint(self, subject: str, body: bytes = b"") -> None:
        """The same from where nothing can be awaited; nothing at all while the bus is away."""
        if self._outbox is not None and self.is_connected:
            self._outbox.put(subject, body)

    async def _on_reconnected(self) -> None:
        log.info("bus_reconnected")
        self.reconnected.set()


def _one_by_one(handler: Callable[[str, bytes], Awaitable[None]]) -> Receive:
    async def receive(message: Msg) -> None:
        try:
            await handler(message.subject, message.data)
        except Exception:
            log.exception("listener_failed", extra={"subject": message.subject})

    return receive


async def _raw(message: object) -> object:
    """FastStream's decoder hook: hand the NATS message itself to the handler."""
    return message.raw_message  # type: ignore[attr-defined]  # faststream types it as Any


async def _log_error(error: Exception) -> None:
    log.warning("bus_error", extra={"error": type(error).__name__, "text": str(error)[:200]})
