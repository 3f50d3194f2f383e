"""The group committer: whoever waits is committed together, in one call on one connection.

There is no timer. While one batch is flushed the next one gathers, so a lone client pays no extra
latency and many share the flush. When the connection dies between sending and answering nobody
knows what became of the batch; it is sent again as it is, and es.append, under its lock, finds by
the command ids what had been written. That is also why every commit has a command id.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import psycopg
from psycopg import AsyncConnection, errors

from shared.eventstore.arrays import register
from shared.eventstore.batch import append_batch
from shared.eventstore.envelope import Sealed
from shared.eventstore.failures import (
    EventStoreFailure,
    InconsistentCommit,
    InvalidCommit,
    OutcomeUnknown,
    StoreFull,
    StoreUnavailable,
)
from shared.eventstore.messages import Appended, Replayed, Verdict

BATCH_COMMANDS_MAX = 256
BATCH_BYTES_MAX = 1024 * 1024
WAITING_MAX = 4096
CALL_SECONDS = 10.0
CLOSE_SECONDS = 5.0
# How long a batch is tried again while the database is away, before its callers are told.
PATIENCE_SECONDS = 20.0
_BACK_OFF_SECONDS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)

log = logging.getLogger(__name__)

_Outcome = Verdict | InconsistentCommit


@dataclass(slots=True)
class _Waiting:
    sealed: Sealed
    answer: asyncio.Future[Verdict] = field(repr=False)


class Committer:
    """`connect` opens the one connection it writes on. `appended` hears the newest position."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[AsyncConnection]],
        appended: Callable[[int], None],
    ) -> None:
        self._connect = connect
        self._appended = appended
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue(WAITING_MAX)
        self._left_over: _Waiting | None = None
        self._connection: AsyncConnection | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="eventstore-committer")

    async def close(self) -> None:
        """Commits what already waits, if the database lets it in time."""
        if self._task is not None:
            try:
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._queue.join()
            except TimeoutError:
                log.warning("closed_with_commits_waiting")
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._connection is not None:
            await self._connection.close()
        waiting = [self._left_over] if self._left_over is not None else []
        while not self._queue.empty():
            waiting.append(self._queue.get_nowait())
        _fail(waiting, StoreUnavailable("the event store was closed"))

    async def append(self, sealed: Sealed) -> Verdict:
        if self._task is None or self._task.done():
            raise StoreUnavailable("the event store is not open")
        waiting = _Waiting(sealed, asyncio.get_running_loop().create_future())
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._queue.put(waiting)
        except TimeoutError as error:
            raise StoreUnavailable("too many commits are waiting") from error
        return await waiting.answer

    async def _run(self) -> None:
        while True:
            batch = await self._gather()
            try:
                await self._commit(batch)
            except asyncio.CancelledError:
                _fail(batch, OutcomeUnknown("the event store was closed"))
                raise
            except Exception as error:
                # Whatever it was, these callers hear of it and the next batch has its chance.
                log.exception("commit_failed", extra={"commands": len(batch)})
                _fail(batch, error)
            finally:
                for _ in batch:
                    self._queue.task_done()

    async def _gather(self) -> list[_Waiting]:
        first = self._left_over or await self._queue.get()
        self._left_over = None
        batch, size = [first], first.sealed.size
        while len(batch) < BATCH_COMMANDS_MAX and not self._queue.empty():
            following = self._queue.get_nowait()
            size += following.sealed.size
            if size > BATCH_BYTES_MAX:
                self._left_over = following
                break
            batch.append(following)
        return batch

    async def _commit(self, batch: list[_Waiting]) -> None:
        # A caller that gave up while it waited has not been sent: leave it out.
        batch = [waiting for waiting in batch if not waiting.answer.done()]
        if not batch:
            return
        try:
            outcomes = await self._call(batch)
        except psycopg.Error as error:
            if len(batch) == 1:
                raise InvalidCommit("Postgres refuses this commit") from error
            log.warning("batch_refused", extra={"commands": len(batch), "error": str(error)})
            await self._commit_one_by_one(batch)
            return
        newest = 0
        for waiting, outcome in zip(batch, outcomes, strict=True):
            newest = max(newest, _answer(waiting, outcome))
        if newest:
            self._appended(newest)

    async def _commit_one_by_one(self, batch: list[_Waiting]) -> None:
        for waiting in batch:
            try:
                await self._commit([waiting])
            except EventStoreFailure as error:
                _fail([waiting], error)

    async def _call(self, batch: list[_Waiting]) -> list[_Outcome]:
        """Until the database answers. Raises psycopg.Error only for what it will always refuse."""
        sealed = [waiting.sealed for waiting in batch]
        deadline = time.monotonic() + PATIENCE_SECONDS
        sent = in_doubt = False
        attempt = 0
        while True:
            try:
                async with asyncio.timeout(CALL_SECONDS):
                    connection = await self._connected()
                    was_sent, sent = sent, True
                    outcomes = await append_batch(connection, sealed)
                return [
                    _own(o, s) if was_sent else o for o, s in zip(outcomes, sealed, strict=True)
                ]
            except (psycopg.OperationalError, TimeoutError) as error:
                if not _may_pass(error):
                    raise
                if isinstance(error, errors.DiskFull) and not in_doubt:
                    raise StoreFull("the disk of the database is full") from error
                in_doubt = in_doubt or sent
                await self._disconnect_unless_refused(error)
                if time.monotonic() > deadline:
                    if sent:
                        raise OutcomeUnknown("the database went away in a commit") from error
                    raise StoreUnavailable("the database does not answer") from error
                log.warning("append_retried", extra={"commands": len(batch), "error": str(error)})
            await asyncio.sleep(_BACK_OFF_SECONDS[min(attempt, len(_BACK_OFF_SECONDS) - 1)])
            attempt += 1

    async def _connected(self) -> AsyncConnection:
        if self._connection is None or self._connection.closed:
            self._connection = await self._connect()
            register(self._connection)
        return self._connection

    async def _disconnect_unless_refused(self, error: Exception) -> None:
        # A lock that was not got in time rolled back cleanly: the connection is as good as before.
        if isinstance(error, errors.LockNotAvailable) or self._connection is None:
            return
        connection, self._connection = self._connection, None
        await connection.close()


def _may_pass(error: Exception) -> bool:
    """Only what has to do with the server, not with the batch. A key too long for an index is an
    OperationalError too, and trying it again for its patience would hold up everybody."""
    sqlstate = error.sqlstate if isinstance(error, psycopg.Error) else None
    return sqlstate is None or sqlstate.startswith(("08", "40", "53", "55", "57"))


def _own(outcome: _Outcome, sealed: Sealed) -> _Outcome:
    """A replay of what this very call had written before its connection died is an append: no
    earlier call can have left the stream at the version that this one leads to."""
    version = sealed.commit.expected + len(sealed.commit.events)
    if isinstance(outcome, Replayed) and sealed.commit.events and outcome.version == version:
        return Appended(position=outcome.position, version=outcome.version)
    return outcome


def _answer(waiting: _Waiting, outcome: _Outcome) -> int:
    """Answers the position that is new, if any."""
    if not waiting.answer.done():
        if isinstance(outcome, InconsistentCommit):
            waiting.answer.set_exception(outcome)
        else:
            waiting.answer.set_result(outcome)
    return outcome.position if isinstance(outcome, Appended) else 0


def _fail(batch: list[_Waiting], error: Exception) -> None:
    for waiting in batch:
        if not waiting.answer.done():
            waiting.answer.set_exception(error)
