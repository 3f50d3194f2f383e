"""Outgoing messages of one process, sent together where they come together; and who waits for the
replies.

One subscription on our private inbox hears every reply; its last token says whose it is."""

import asyncio
import itertools
import logging
from dataclasses import dataclass

from nats.aio.client import Client
from nats.aio.msg import Msg

from shared.runtime.gather import Gatherer

log = logging.getLogger(__name__)

NO_RESPONDERS = "503"


class NobodyListens(Exception):
    """The server knows no subscriber of that subject."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    subject: str
    body: bytes
    reply: str
    headers: dict[str, str] | None
    token: str  # Of who waits for a reply; empty where nobody does.


class Outbox:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._gatherer: Gatherer[Outgoing] = Gatherer(self._send_together)
        self._base = ""
        self._tokens = itertools.count()
        self._waiting: dict[str, asyncio.Future[bytes]] = {}
        self._sending: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        self._base = self._client.new_inbox()
        await self._client.subscribe(f"{self._base}.*", cb=self._hear)

    def put(
        self, subject: str, body: bytes, *, reply: str = "", headers: dict[str, str] | None = None
    ) -> None:
        """Leaves within the gathering window; what the connection refuses is logged."""
        self._gatherer.add(Outgoing(subject, body, reply, headers, ""))

    async def request(
        self, subject: str, body: bytes, *, seconds: float, headers: dict[str, str] | None
    ) -> bytes:
        """Raises NobodyListens, TimeoutError, or what the connection refused it with."""
        token = str(next(self._tokens))
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[token] = future
        self._gatherer.add(Outgoing(subject, body, f"{self._base}.{token}", headers, token))
        try:
            async with asyncio.timeout(seconds):
                return await future
        finally:
            del self._waiting[token]

    async def settle(self, seconds: float) -> None:
        """Until what was put is handed to the connection."""
        deadline = asyncio.get_running_loop().time() + seconds
        while self._gatherer.is_holding or self._sending:
            if asyncio.get_running_loop().time() > deadline:
                return
            await asyncio.sleep(0.001)

    def _send_together(self, messages: list[Outgoing]) -> None:
        task = asyncio.create_task(self._send(messages))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self, messages: list[Outgoing]) -> None:
        # Nothing here waits while the connection's buffer has room, so all leave in one write.
        for each in messages:
            try:
                await self._client.publish(each.subject, each.body, each.reply, each.headers)
            except Exception as error:
                # Whatever it was, it is this one's: those behind it still leave.
                self._refuse(each, error)

    def _refuse(self, message: Outgoing, error: Exception) -> None:
        future = self._waiting.get(message.token)
        if future is not None and not future.done():
            future.set_exception(error)
            return
        log.warning(
            "message_not_sent", extra={"subject": message.subject, "error": type(error).__name__}
        )

    async def _hear(self, message: Msg) -> None:
        future = self._waiting.get(message.subject.rpartition(".")[2])
        if future is None or future.done():
            return  # Who asked has given up.
        if message.headers and not message.data and message.headers.get("Status") == NO_RESPONDERS:
            future.set_exception(NobodyListens())
        else:
            future.set_result(message.data)
