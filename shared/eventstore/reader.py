"""Statements over a pool that outlive a restart of the database.

Statements that come together share one connection and one round trip (libpq's pipeline), and the
same one for several keys is asked once, where it says how. A connection that died is thrown away
and the statement is asked again until its patience ends. So every statement sent through here must
be harmless when it is run twice.
"""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import AsyncConnection, AsyncCursor
from psycopg_pool import AsyncConnectionPool

from shared.eventstore.failures import StoreUnavailable
from shared.runtime.gather import Gatherer

PATIENCE_SECONDS = 10.0
CONNECT_SECONDS = 5
_POOL_SECONDS = 1.5
_BACK_OFF_SECONDS = 0.05
# One slow statement holds up those that share its round trip, so a round trip is a few.
TOGETHER_MAX = 16
ALONE_SECONDS = 0.01

log = logging.getLogger(__name__)

Row = tuple[Any, ...]  # Any: what a column holds is the statement's business
Parameters = Sequence[Any] | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Waiting:
    statement: str
    parameters: Parameters
    joint: str | None
    answer: "asyncio.Future[list[Row]]"

    def give(self, rows: list[Row]) -> None:
        if not self.answer.done():
            self.answer.set_result(rows)


@dataclass(frozen=True, slots=True)
class _Sent:
    """One statement to the server, for one who waits or for several."""

    statement: str
    parameters: Parameters
    waiting: list[_Waiting]

    def give(self, rows: list[Row]) -> None:
        if len(self.waiting) == 1:
            self.waiting[0].give(rows)
            return
        of_each: list[list[Row]] = [[] for _ in self.waiting]
        for row in rows:
            of_each[row[0] - 1].append(row[1:])
        for each, found in zip(self.waiting, of_each, strict=True):
            each.give(found)


class Reader:
    def __init__(self, pool: AsyncConnectionPool[AsyncConnection[Row]]) -> None:
        self._pool = pool
        self._gatherer: Gatherer[_Waiting] = Gatherer(self._ask_together)
        self._asking: set[asyncio.Task[None]] = set()
        self._unanswered = 0
        self._company_at = -ALONE_SECONDS  # When two last waited at the same time.

    @classmethod
    async def open(cls, dsn: str, *, pool_max: int) -> "Reader":
        pool: AsyncConnectionPool[AsyncConnection[Row]] = AsyncConnectionPool(
            dsn,
            min_size=1,
            max_size=pool_max,
            open=False,
            timeout=_POOL_SECONDS,
            # The pool doubles its waits for minutes; we ask again ourselves, at a steady pace.
            reconnect_timeout=_POOL_SECONDS,
            kwargs={
                "autocommit": True,
                "prepare_threshold": 0,
                "connect_timeout": CONNECT_SECONDS,
            },
        )
        await pool.open()
        return cls(pool)

    async def close(self) -> None:
        await self._pool.close()

    async def rows(
        self, statement: str, parameters: Parameters = (), *, joint: str | None = None
    ) -> list[Row]:
        """`joint` asks the same for many: each named parameter is an array there, and each row
        begins with its place in the arrays, from 1."""
        cancelled_before = _cancellations()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            found, error = await self._attempt(statement, parameters, joint)
            # The pool waits by wait_for, which on Python 3.11 now and then swallows a cancellation
            # (seen with psycopg-pool 3.3.3): the task would go on after it was told to end.
            if _cancellations() > cancelled_before:
                raise asyncio.CancelledError
            if error is None:
                return found
            if time.monotonic() > deadline or not _worth_another_try(error):
                raise StoreUnavailable("the database does not answer") from error
            log.warning("statement_retried", extra={"error": str(error)})
            # One restart breaks every pooled connection at once.
            await self._pool.check()
            await asyncio.sleep(_BACK_OFF_SECONDS)

    async def _attempt(
        self, statement: str, parameters: Parameters, joint: str | None
    ) -> tuple[list[Row], Exception | None]:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await self._rows_once(statement, parameters, joint), None
        except (psycopg.OperationalError, TimeoutError) as error:
            return [], error

    async def _rows_once(
        self, statement: str, parameters: Parameters, joint: str | None
    ) -> list[Row]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[Row]] = loop.create_future()
        waiting = _Waiting(statement, parameters, joint, answer)
        self._unanswered += 1
        try:
            # Many statements one after another are no load: nobody comes while one is answered.
            self._gatherer.add(waiting, at_once=self._is_alone(loop.time()))
            return await answer
        finally:
            self._unanswered -= 1

    def _is_alone(self, now: float) -> bool:
        if self._unanswered > 1:
            self._company_at = now
        return now - self._company_at >= ALONE_SECONDS

    def _ask_together(self, waiting: list[_Waiting]) -> None:
        for start in range(0, len(waiting), TOGETHER_MAX):
            task = asyncio.create_task(self._ask(waiting[start : start + TOGETHER_MAX]))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)

    async def _ask(self, waiting: list[_Waiting]) -> None:
        waiting = [each for each in waiting if not each.answer.done()]
        if not waiting:
            return  # They gave up before their turn.
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), self._pool.connection() as connection:
                if len(waiting) > 1 and await _all_at_once(connection, _sent(waiting)):
                    return
                for each in waiting:
                    await _one(connection, each)
        except asyncio.CancelledError:
            _fail(waiting, StoreUnavailable("the reader was closed"))
            raise
        except Exception as error:
            # Whoever waits is told: what cannot be sent at all is no psycopg.Error.
            _fail(waiting, error)


def _sent(waiting: list[_Waiting]) -> list[_Sent]:
    """In the order in which they came, those with the same joint text at the place of the first."""
    sent: list[_Sent] = []
    alike: dict[str, list[_Waiting]] = {}
    for each in waiting:
        if each.joint is None or not isinstance(each.parameters, Mapping):
            sent.append(_Sent(each.statement, each.parameters, [each]))
        elif each.joint in alike:
            alike[each.joint].append(each)
        else:
            alike[each.joint] = group = [each]
            sent.append(_Sent(each.statement, each.parameters, group))
    return [_joined(one) for one in sent]


def _joined(one: _Sent) -> _Sent:
    joint = one.waiting[0].joint
    if len(one.waiting) == 1 or joint is None:
        return one
    keys = [each.parameters for each in one.waiting if isinstance(each.parameters, Mapping)]
    arrays = {name: [key[name] for key in keys] for name in keys[0]}
    return _Sent(joint, arrays, one.waiting)


async def _all_at_once(connection: AsyncConnection[Row], sent: list[_Sent]) -> bool:
    """False where one of them is refused: it takes the others with it, so they are asked alone."""
    try:
        if len(sent) == 1:
            answers = [await _answered(connection, sent[0].statement, sent[0].parameters)]
        else:
            async with connection.pipeline():
                cursors = []
                for each in sent:
                    cursor = connection.cursor(binary=True)
                    await cursor.execute(each.statement, each.parameters)
                    cursors.append(cursor)
            answers = [await _fetched(cursor) for cursor in cursors]
    except Exception:
        if connection.closed:
            raise
        return False
    for each, rows in zip(sent, answers, strict=True):
        each.give(rows)
    return True


async def _answered(
    connection: AsyncConnection[Row], statement: str, parameters: Parameters
) -> list[Row]:
    async with connection.cursor(binary=True) as cursor:
        await cursor.execute(statement, parameters)
        return await _fetched(cursor)


async def _one(connection: AsyncConnection[Row], waiting: _Waiting) -> None:
    try:
        rows = await _answered(connection, waiting.statement, waiting.parameters)
    except Exception as error:
        if connection.closed:
            raise
        _fail([waiting], error)
        return
    waiting.give(rows)


def _fail(waiting: list[_Waiting], error: Exception) -> None:
    for each in waiting:
        if not each.answer.done():
            each.answer.set_exception(error)


async def _fetched(cursor: AsyncCursor[Row]) -> list[Row]:
    # Not `description`: it would make an object per column only to be compared with None.
    result = cursor.pgresult
    return await cursor.fetchall() if result is not None and result.nfields else []


def _cancellations() -> int:
    task = asyncio.current_task()
    return 0 if task is None else task.cancelling()


def _worth_another_try(error: Exception) -> bool:
    """A connection that broke or a server that restarts; never a statement that took too long."""
    if not isinstance(error, psycopg.OperationalError):
        return False
    return error.sqlstate is None or error.sqlstate.startswith(("08", "57P"))
