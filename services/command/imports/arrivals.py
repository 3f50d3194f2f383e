"""Hears the parts of imports, answers each when it is kept, and does what their end asks for.

Several command processes share the parts; whoever hears the end does the work and says in the table
that he lives. An import whose sender or worker went away is given up, and the log told."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import psycopg

from services.command.handle import Handler
from services.command.imports.order import PART_BYTES, Order, Outcome, Refusal, Taken
from services.command.imports.take import DROPPED, take
from shared.domain.descriptor import Aggregate
from shared.domain.importing.commands import CompleteImport, RefuseImport
from shared.envelope.codec import Undecodable, decode, encode
from shared.envelope.messages import Accepted, CommandEnvelope
from shared.eventstore import EventStoreFailure, Recorded, Store
from shared.eventstore.reader import Reader
from shared.kernel import json
from shared.kernel.actor import process_actor
from shared.runtime.shutdown import Shutdown

log = logging.getLogger(__name__)

BEAT_SECONDS = 5.0
LOOK_SECONDS = 30.0
# Without a part, or a word of who works on it, an import is given up.
SILENT_SECONDS = 120.0

_OPEN = """
insert into transfer.arrival (import_id, state, account_id) values (%s, 'receiving', %s)
on conflict do nothing"""
_KEEP = """
with heard as (
  update transfer.arrival set touched_at = clock_timestamp(),
         bytes = greatest(bytes, %(number)s::bigint * %(part)s + %(size)s)
   where import_id = %(id)s and state = 'receiving' returning import_id),
kept as (
  insert into transfer.part (import_id, number, content)
  select h.import_id, %(number)s, %(content)s from heard h
  on conflict (import_id, number) do update set content = excluded.content)
select import_id from heard"""
_CHECK = """
update transfer.arrival set state = 'checking', touched_at = clock_timestamp()
 where import_id = %s and state = 'receiving' returning import_id"""
_BEAT = """
update transfer.arrival set touched_at = clock_timestamp()
 where import_id = %s and state = 'checking'"""
_END = """
update transfer.arrival set state = %s, report = %s, touched_at = clock_timestamp()
 where import_id = %s and state in ('receiving', 'checking')"""
_SILENT = """
select a.import_id, a.state from transfer.arrival a
 where a.state in ('receiving', 'checking')
   and a.touched_at < clock_timestamp() - make_interval(secs => %s)"""
_UNTOLD = """
select a.import_id, a.state, a.report from transfer.arrival a
 where a.state in ('done', 'refused', 'failed') and not a.is_told"""
_TOLD = "update transfer.arrival set is_told = true where import_id = %s"
_LEFT = """
select p.import_id from transfer.part p join transfer.arrival a using (import_id)
 where a.state in ('done', 'refused', 'failed') group by p.import_id"""

_GIVEN_UP = {
    "receiving": "the sender went away before the end; send it again",
    "checking": "the process that read it ended; nothing was taken in, send it again",
}


@dataclass(slots=True, kw_only=True)
class Arrivals:
    """`grown` is told the newest position when an import was taken in; `settled` then gives the
    installation what it needs and the import did not bring."""

    dsn: str
    reader: Reader
    store: Store
    handler: Handler
    aggregates: Mapping[str, Aggregate]
    bytes_max: int
    grown: Callable[[int], None]
    settled: Callable[[], Awaitable[None]]
    _work: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def is_reading(self) -> bool:
        """One at a time: until what waited of it is dropped as well."""
        return bool(self._work)

    async def hear(self, subject: str, body: bytes, headers: dict[str, str]) -> bytes:
        """Answers `{}`, or `{"problem": ...}` where it goes no further."""
        _, _, import_id, word = subject.split(".")
        try:
            problem = await self._heard(import_id, word, body)
        except (EventStoreFailure, psycopg.Error) as error:
            log.warning("part_not_kept", extra={"import_id": import_id, "error": str(error)[:200]})
            problem = "the database does not answer"
        return json.dumps({} if problem is None else {"problem": problem}).encode()

    async def _heard(self, import_id: str, word: str, body: bytes) -> str | None:
        match word:
            case "finish":
                return await self._finish(import_id, body)
            case "abandon":
                await self._end(import_id, "refused", _given_up("receiving"))
                return None
            case _:
                return await self._keep(import_id, int(word), body)

    async def _keep(self, import_id: str, number: int, content: bytes) -> str | None:
        if number == 0 and not await self._opened(import_id):
            return "the import is not open"
        if len(content) > PART_BYTES or number * PART_BYTES + len(content) > self.bytes_max:
            return f"at most {self.bytes_max} bytes are taken"
        kept = await self.reader.rows(
            _KEEP,
            {
                "id": import_id,
                "number": number,
                "part": PART_BYTES,
                "size": len(content),
                "content": content,
            },
        )
        return None if kept else "the import is not open"

    async def _opened(self, import_id: str) -> bool:
        begun = await self._begun(import_id)
        if begun is None:
            return False
        await self.reader.rows(_OPEN, (import_id, begun.account_id))
        return True

    async def _begun(self, import_id: str) -> Recorded | None:
        """Its first event, where somebody who may has begun it and nothing has ended it."""
        past = await self.store.read(f"import-{import_id}")
        return past.events[0] if len(past.events) == 1 else None

    async def _finish(self, import_id: str, body: bytes) -> str | None:
        try:
            order: Order = decode(Order, body)
        except Undecodable as error:
            return str(error)
        if (problem := order.problem()) is not None:
            await self._end(import_id, "refused", Refusal(code="invalid", message=problem))
            return None
        if self.is_reading:
            return "another import is being read; send it again when that is done"
        if not await self.reader.rows(_CHECK, (import_id,)):
            return "the import is not open"
        task = asyncio.create_task(self._take(import_id, order))
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        return None

    async def _take(self, import_id: str, order: Order) -> None:
        beats = asyncio.create_task(self._beat(import_id))
        try:
            outcome: Outcome = await asyncio.to_thread(
                take, self.dsn, import_id, order, self.aggregates
            )
        except Exception:
            # It was undone; the reason is ours to find, and the sender's to know that it is ours.
            log.exception("import_failed", extra={"import_id": import_id})
            failed = Refusal(code="failed", message="something went wrong on our side; see the log")
            await self._end(import_id, "failed", failed)
            return
        finally:
            beats.cancel()
        if isinstance(outcome, Taken):
            log.info("import_taken", extra={"import_id": import_id, "events": outcome.events})
            self.grown(outcome.last_position)
            await self.handler.access.catch_up()
            await self.settled()
        else:
            await self._end(import_id, "refused", outcome)
        await self.settle()

    async def _beat(self, import_id: str) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            try:
                await self.reader.rows(_BEAT, (import_id,))
            except EventStoreFailure as error:
                log.warning("import_beat_missed", extra={"error": str(error)[:200]})

    async def _end(self, import_id: str, state: str, refusal: Refusal) -> None:
        log.info("import_refused", extra={"import_id": import_id, "code": refusal.code})
        await self.reader.rows(_END, (state, encode(refusal).decode(), import_id))

    async def keep_house(self, shutdown: Shutdown) -> None:
        """Gives up what went silent, tells the log what ended, and drops the parts of that."""
        while not await shutdown.wait_for(LOOK_SECONDS):
            try:
                await self.give_up_silent()
            except (EventStoreFailure, psycopg.Error) as error:
                log.warning("imports_not_settled", extra={"error": str(error)[:200]})

    async def give_up_silent(self) -> None:
        for import_id, state in await self.reader.rows(_SILENT, (SILENT_SECONDS,)):
            outcome = "refused" if state == "receiving" else "failed"
            await self._end(import_id, outcome, _given_up(state))
        await self.settle()

    async def settle(self) -> None:
        """Idempotent: what was told is not told again."""
        for import_id, state, report in await self.reader.rows(_UNTOLD):
            begun = await self._begun(import_id)
            if begun is None or await self._told(import_id, state, report, begun):
                await self.reader.rows(_TOLD, (import_id,))
        for (import_id,) in await self.reader.rows(_LEFT):
            for statement in DROPPED:
                await self.reader.rows(statement, (import_id,))

    async def _told(self, import_id: str, state: str, report: str, begun: Recorded) -> bool:
        command: Any
        if state == "done":
            taken: Taken = decode(Taken, report)
            command = CompleteImport(
                import_id=import_id,
                of_account=taken.of_account,
                events=taken.events,
                streams=taken.streams,
                first_position=taken.first_position,
                last_position=taken.last_position,
                sha256=taken.sha256,
                key=taken.key,
                deploys=taken.deploys,
            )
        else:
            refusal: Refusal = decode(Refusal, report)
            command = RefuseImport(
                import_id=import_id,
                code=refusal.code,
                message=refusal.message,
                line=refusal.line,
                position=refusal.position,
            )
        reply = await self.handler.handle(
            CommandEnvelope(
                command_id=str(uuid5(NAMESPACE_OID, f"{begun.command_id}:end")),
                actor=process_actor("command"),
                surface=begun.surface,
                correlation_id=begun.correlation_id,
                causation_id=begun.command_id,
                reason=begun.reason,
                command=command,
            ),
            "command",
        )
        return isinstance(reply, Accepted)

    async def close(self) -> None:
        """What is being read ends with the process; the thread's transaction is undone by that."""
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)


def _given_up(state: str) -> Refusal:
    return Refusal(code="given_up", message=_GIVEN_UP[state])
