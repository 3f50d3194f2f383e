"""Which replicas to probe: the whole list at the start, after each reconnect and every 30 s, and
one service's at once when an event says that something of it started.

Events only say "look there": what they miss, the next whole list heals. A list may be older than
what an event has shown, so nothing newer than the list's own position is dropped for it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

import nats.errors

from services.prober.address import target_of
from services.prober.reports import Reporter
from services.prober.rounds import Rounds
from shared.bus.broker import Unanswered
from shared.envelope.codec import Undecodable
from shared.envelope.event import EventEnvelope, from_cloud_event
from shared.envelope.messages import Answered, Rejected
from shared.queries.services import ListProbeTargets, ProbeTarget, ProbeTargetList
from shared.runtime.clock import Clock

log = logging.getLogger(__name__)

PASS_SECONDS = 30.0
PASS_OVERDUE_SECONDS = 120.0
PAUSE_FIRST = 0.25
PAUSE_MAX = 2.0
ASKERS = 4
SERVICES_MAX = 10_000
GONE_MAX = 10_000

# (question, after position)
Ask = Callable[[ListProbeTargets, int], Awaitable[Answered | Rejected]]


class TargetFollower:
    def __init__(self, *, rounds: Rounds, reporter: Reporter, ask: Ask, clock: Clock) -> None:
        self._rounds = rounds
        self._reporter = reporter
        self._ask = ask
        self._clock = clock
        self._read_at: float | None = None
        self._unanswered = 0  # questions in a row
        self._look: dict[str, int] = {}  # service -> position to have passed
        self._looks: asyncio.Queue[str] = asyncio.Queue()
        self._gone: dict[str, None] = {}  # ids are never used again, so a late list adds nothing

    @property
    def is_current(self) -> bool:
        now = self._clock.monotonic()
        return self._read_at is not None and now - self._read_at < PASS_OVERDUE_SECONDS

    async def hear(self, subject: str, body: bytes) -> None:
        """`events.<account>.<stream type>.<stream id>.<event>`: the subject says what to do."""
        tokens = subject.split(".")
        if len(tokens) != 5:
            log.error("event_on_foreign_subject", extra={"subject": subject})
            return
        match tokens[2], tokens[4]:
            case "replica", "stopped" | "drained":
                self._forget(tokens[3])
            case ("replica", "started") | ("service", "workload_revised"):
                self._look_at(body)
            case _:
                pass  # Our own reports, rollouts: they change no target.

    async def run(self, reconnected: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pass_again(reconnected))
            for _ in range(ASKERS):
                group.create_task(self._follow_looks())

    # -- one service

    def _look_at(self, body: bytes) -> None:
        try:
            envelope = from_cloud_event(body)
            service_id = _service_of(envelope)
        except (Undecodable, AttributeError) as error:
            log.warning("event_undecodable", extra={"error": str(error)[:200]})
            return
        if len(self._look) >= SERVICES_MAX and service_id not in self._look:
            log.error("look_dropped", extra={"service_id": service_id})
            return
        if service_id not in self._look:
            self._looks.put_nowait(service_id)
        self._look[service_id] = max(envelope.position, self._look.get(service_id, 0))

    async def _follow_looks(self) -> None:
        while True:
            service_id = await self._looks.get()
            # Out of the list before the question: an event from now on makes a look of its own.
            after = self._look.pop(service_id)
            if not await self._is_looked(service_id, after):
                await asyncio.sleep(self._pause())
                if service_id not in self._look:
                    self._looks.put_nowait(service_id)
                self._look[service_id] = max(after, self._look.get(service_id, 0))

    async def _is_looked(self, service_id: str, after: int) -> bool:
        answer = await self._asked(ListProbeTargets(service_id=service_id), after)
        if answer is None:
            return False
        documents, position, is_stale = answer
        for document in documents:
            self._take(document, position)
        return not is_stale

    # -- all of them

    async def _pass_again(self, reconnected: asyncio.Event) -> None:
        while True:
            reconnected.clear()
            is_read = await self._pass()
            try:
                pause = PASS_SECONDS if is_read else self._pause()
                await asyncio.wait_for(reconnected.wait(), pause)
            except TimeoutError:
                continue

    async def _pass(self) -> bool:
        listed: set[str] = set()
        oldest: int | None = None
        question = ListProbeTargets()
        while True:
            answer = await self._asked(question, 0)
            if answer is None:
                return False
            documents, position, _ = answer
            oldest = position if oldest is None else min(oldest, position)
            for document in documents:
                self._take(document, position)
                listed.add(document.replica_id)
            if len(documents) < question.limit:
                break
            question = ListProbeTargets(after_id=documents[-1].replica_id)
        self._drop_unlisted(listed, oldest)
        self._read_at = self._clock.monotonic()
        return True

    def _drop_unlisted(self, listed: set[str], position: int) -> None:
        for watched in self._rounds.watched():
            replica_id = watched.target.replica_id
            if replica_id not in listed and watched.seen_at <= position:
                self._rounds.remove(replica_id)

    # -- one target

    def _take(self, document: ProbeTarget, position: int) -> None:
        if document.replica_id in self._gone:
            return
        if document.is_draining:
            self._rounds.remove(document.replica_id)
            return
        target = target_of(document)
        if target is None:
            log.error(
                "address_unknown",
                extra={"replica_id": document.replica_id, "address": document.address},
            )
            return
        watched = self._rounds.find(document.replica_id)
        if watched is None:
            self._rounds.add(
                target,
                is_ready=document.is_ready,
                age=_age(self._clock.now(), document.started_at),
                seen_at=position,
            )
            return
        watched.target = target
        watched.seen_at = max(watched.seen_at, position)
        differs = watched.health.phase != "starting" and (
            watched.health.is_ready != document.is_ready
        )
        if differs and not self._reporter.is_waiting(document.replica_id):
            # Perhaps only the view is behind: to tell what is already so changes nothing.
            self._rounds.tell_again(watched)

    def _forget(self, replica_id: str) -> None:
        self._rounds.remove(replica_id)
        self._gone[replica_id] = None
        if len(self._gone) > GONE_MAX:
            del self._gone[next(iter(self._gone))]

    def _pause(self) -> float:
        return float(min(PAUSE_FIRST * 2 ** min(self._unanswered, 8) / 2, PAUSE_MAX))

    async def _asked(
        self, question: ListProbeTargets, after: int
    ) -> tuple[tuple[ProbeTarget, ...], int, bool] | None:
        try:
            answer = await self._ask(question, after)
        except (Unanswered, nats.errors.Error, OSError) as error:
            self._unanswered += 1
            log.warning("targets_unanswered", extra={"error": str(error)[:200]})
            return None
        self._unanswered = 0
        if isinstance(answer, Answered) and isinstance(answer.document, ProbeTargetList):
            return answer.document.items, answer.position, answer.stale
        log.error("targets_refused", extra={"answer": repr(answer)[:200]})
        return None


def _service_of(envelope: EventEnvelope) -> str:
    if envelope.stream_type == "service":
        return envelope.stream_id
    return str(envelope.decoded().service_id)


def _age(now: datetime, started_at: datetime) -> float:
    return max((now - started_at).total_seconds(), 0.0)
