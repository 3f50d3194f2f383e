"""Which targets to look at: the whole list at the start, after each reconnect and every 30 s, and
one service's at once when an event says that something of it changed.

Events only say "look there": what they miss, the next whole list heals. A list may be older than
what an event has shown, so nothing newer than the list's own position is dropped for it."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import nats.errors

from services.prober.reports import Reporter
from services.prober.rounds import Rounds, T, Watched
from shared.bus.broker import Unanswered
from shared.envelope.codec import Undecodable
from shared.envelope.event import EventEnvelope, from_cloud_event
from shared.envelope.messages import Answered, Rejected
from shared.runtime.clock import Clock

log = logging.getLogger(__name__)

PASS_SECONDS = 30.0
PASS_OVERDUE_SECONDS = 120.0
PAUSE_FIRST = 0.25
PAUSE_MAX = 2.0
ASKERS = 4
SERVICES_MAX = 10_000

# (question, after position)
Ask = Callable[[Any, int], Awaitable[Answered | Rejected]]
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """`after`: where the next page begins; None where this is the last."""

    items: tuple[Item, ...]
    after: str | None


class Follower(ABC, Generic[T, Item]):
    """What kind of targets it follows, its heirs say."""

    def __init__(self, *, rounds: Rounds[T], reporter: Reporter[T], ask: Ask, clock: Clock) -> None:
        self._rounds = rounds
        self._reporter = reporter
        self._ask = ask
        self._clock = clock
        self._read_at: float | None = None
        self._unanswered = 0  # questions in a row
        self._look: dict[str, int] = {}  # service -> position to have passed
        self._looks: asyncio.Queue[str] = asyncio.Queue()

    async def hear(self, subject: str, body: bytes) -> None:
        """An event, from the bus: `events.<account>.<stream type>.<stream id>.<event>`."""
        tokens = subject.split(".")
        if len(tokens) != 5:
            log.error("event_on_foreign_subject", extra={"subject": subject})
            return
        self.heard(tokens[2], tokens[3], tokens[4], body)

    @abstractmethod
    def heard(self, stream_type: str, stream_id: str, event: str, body: bytes) -> None:
        """The subject says what to do; the body is opened only where that is not enough."""

    @abstractmethod
    def question(self, after_id: str, service_id: str | None) -> Any: ...

    @abstractmethod
    def page_of(self, document: Any) -> Page[Item] | None:
        """None where the document is none of this kind."""

    @abstractmethod
    def key_of(self, item: Item) -> str: ...

    @abstractmethod
    def take(self, item: Item, position: int) -> None:
        """As the list of this position shows it."""

    def settle(self, service_id: str, items: tuple[Item, ...], position: int) -> None:
        """After a look at one service: what it names no more. Nothing, where only an event ends
        a target."""

    @property
    def is_current(self) -> bool:
        now = self._clock.monotonic()
        return self._read_at is not None and now - self._read_at < PASS_OVERDUE_SECONDS

    async def run(self, reconnected: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pass_again(reconnected))
            for _ in range(ASKERS):
                group.create_task(self._follow_looks())

    # -- one service

    def look_there(self, body: bytes, service_of: Callable[[EventEnvelope], str]) -> None:
        """At the service of an event, no older than the event shows it."""
        try:
            envelope = from_cloud_event(body)
            service_id = service_of(envelope)
        except (Undecodable, AttributeError) as error:
            log.warning("event_undecodable", extra={"error": str(error)[:200]})
            return
        self.look_at(service_id, envelope.position)

    def look_at(self, service_id: str, position: int) -> None:
        if len(self._look) >= SERVICES_MAX and service_id not in self._look:
            log.error("look_dropped", extra={"service_id": service_id})
            return
        if service_id not in self._look:
            self._looks.put_nowait(service_id)
        self._look[service_id] = max(position, self._look.get(service_id, 0))

    async def _follow_looks(self) -> None:
        while True:
            service_id = await self._looks.get()
            # Out of the list before the question: an event from now on makes a look of its own.
            after = self._look.pop(service_id)
            if not await self._is_looked(service_id, after):
                await asyncio.sleep(self._pause())
                self.look_at(service_id, after)

    async def _is_looked(self, service_id: str, after: int) -> bool:
        answer = await self._asked(self.question("", service_id), after)
        if answer is None:
            return False
        page, position, is_stale = answer
        for item in page.items:
            self.take(item, position)
        if not is_stale:
            self.settle(service_id, page.items, position)
        return not is_stale

    # -- all of them

    async def _pass_again(self, reconnected: asyncio.Event) -> None:
        while True:
            reconnected.clear()
            is_read = await self._pass()
            try:
                pause = PASS_SECONDS if is_read else self._pause()
                async with asyncio.timeout(pause):
                    await reconnected.wait()
            except TimeoutError:
                continue

    async def _pass(self) -> bool:
        listed: set[str] = set()
        oldest: int | None = None
        after_id = ""
        while True:
            answer = await self._asked(self.question(after_id, None), 0)
            if answer is None:
                return False
            page, position, _ = answer
            oldest = position if oldest is None else min(oldest, position)
            for item in page.items:
                self.take(item, position)
                listed.add(self.key_of(item))
            if page.after is None:
                break
            after_id = page.after
        self._drop_unlisted(listed, oldest)
        self._read_at = self._clock.monotonic()
        return True

    def _drop_unlisted(self, listed: set[str], position: int) -> None:
        for watched in self._rounds.watched():
            key = watched.target.key
            if key not in listed and watched.seen_at <= position:
                self._rounds.remove(key)

    # -- one target

    def keep(self, watched: Watched[T], *, is_ready: bool | None, position: int) -> None:
        """A target that is known already, and what the log says of it (None: nothing yet)."""
        watched.seen_at = max(watched.seen_at, position)
        key = watched.target.key
        if not watched.is_mine:
            if is_ready is not None:
                self._rounds.heard(key, is_ready=is_ready)
            return
        differs = watched.health.phase != "starting" and watched.health.is_ready is not is_ready
        if differs and not self._reporter.is_waiting(key):
            # Perhaps only the view is behind: to tell what is already so changes nothing.
            self._rounds.tell_again(watched)

    def _pause(self) -> float:
        return float(min(PAUSE_FIRST * 2 ** min(self._unanswered, 8) / 2, PAUSE_MAX))

    async def _asked(self, question: Any, after: int) -> tuple[Page[Item], int, bool] | None:
        try:
            answer = await self._ask(question, after)
        except (Unanswered, nats.errors.Error, OSError) as error:
            self._unanswered += 1
            log.warning("targets_unanswered", extra={"error": str(error)[:200]})
            return None
        self._unanswered = 0
        if isinstance(answer, Answered) and (page := self.page_of(answer.document)) is not None:
            return page, answer.position, answer.stale
        log.error("targets_refused", extra={"answer": repr(answer)[:200]})
        return None
