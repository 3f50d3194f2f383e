"""The event store in Postgres: reads over a pool, writes through the group committer.

Reads outlive a restart of the database: a connection that died is thrown away and the read is
asked again, until its patience ends. Log in as a role with rights on schema es, never as owner.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from shared.eventstore import rows
from shared.eventstore.committer import Committer
from shared.eventstore.envelope import seal
from shared.eventstore.failures import LogHole, StoreUnavailable
from shared.eventstore.messages import Commit, Past, Recorded, StoredAnswer, Verdict

READ_SECONDS = 10.0
_CONNECT_SECONDS = 5
_BACK_OFF_SECONDS = 0.05
# Far fewer than a partition holds and partitions are made two ahead, so they never run out.
_PARTITIONS_CHECKED_EVERY = 100_000
_KEEPALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}

log = logging.getLogger(__name__)

Pool = AsyncConnectionPool[AsyncConnection[tuple[Any, ...]]]


class EventStore:
    """Satisfies `Store`. `read_only` is for a role that may not append (the query process)."""

    def __init__(self, dsn: str, pool: Pool) -> None:
        self.on_appended: Callable[[int], None] | None = None
        self._dsn = dsn
        self._pool = pool
        self._committer = Committer(self._connect, self._appended)
        self._housekeeping: set[asyncio.Task[None]] = set()
        self._partitions_checked_at = 0

    @classmethod
    async def open(cls, dsn: str, *, pool_max: int = 8, read_only: bool = False) -> "EventStore":
        pool: Pool = AsyncConnectionPool(
            dsn,
            min_size=1,
            max_size=pool_max,
            open=False,
            timeout=READ_SECONDS,
            kwargs={
                "autocommit": True,
                "prepare_threshold": 0,
                "connect_timeout": _CONNECT_SECONDS,
                **_KEEPALIVE,
            },
        )
        store = cls(dsn, pool)
        await pool.open()
        if not read_only:
            store._committer.start()
            await store._make_partitions()
        return store

    async def close(self) -> None:
        await self._committer.close()
        for task in self._housekeeping:
            task.cancel()
        await asyncio.gather(*self._housekeeping, return_exceptions=True)
        await self._pool.close()

    @property
    def pool(self) -> Pool:
        """For the vault, which reads with the same rights."""
        return self._pool

    async def read(self, stream: str, after_version: int = 0) -> Past:
        found = await self._rows(rows.READ_STREAM, (after_version, stream))
        if not found:
            return Past(events=(), version=0, leaf=None, account_id=None)
        version, leaf, account_id = found[0][:3]
        events = tuple(rows.recorded(row[3:]) for row in found if row[3] is not None)
        return Past(events=events, version=version, leaf=leaf, account_id=account_id)

    async def append(self, commit: Commit) -> Verdict:
        return await self._committer.append(seal(commit))

    async def answer_of(self, actor: str, command_id: str) -> StoredAnswer | None:
        found = await self._rows(rows.ANSWER_OF, (actor, command_id))
        if not found:
            return None
        fingerprint, position, version, result, rejected = found[0]
        return StoredAnswer(
            fingerprint=fingerprint,
            position=position,
            version=version,
            result=result,
            rejected=rejected,
        )

    async def read_log(
        self, after: int, limit: int, stream_types: tuple[str, ...] | None = None
    ) -> list[Recorded]:
        if stream_types is not None:
            found = await self._rows(rows.READ_LOG_OF_TYPES, (after, list(stream_types), limit))
            return [rows.recorded(row) for row in found]
        found = await self._rows(rows.READ_LOG, (after, limit))
        events = [rows.recorded(row) for row in found]
        for expected, event in enumerate(events, start=after + 1):
            if event.position != expected:
                raise LogHole(expected, event.position)
        return events

    async def head(self) -> int:
        return int((await self._rows(rows.HEAD, ()))[0][0])

    async def position_at(self, moment: datetime) -> int:
        return int((await self._rows(rows.POSITION_AT, (moment,)))[0][0])

    async def forget_answers(self, limit: int = 1000) -> int:
        """Drops stored answers whose time is over; answers how many. Call it now and then."""
        return int((await self._rows("select es.forget_answers(%s)", (limit,)))[0][0])

    async def _rows(self, statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        deadline = time.monotonic() + READ_SECONDS
        while True:
            try:
                async with asyncio.timeout(READ_SECONDS):
                    return await self._rows_once(statement, parameters)
            except (psycopg.OperationalError, PoolTimeout, TimeoutError) as error:
                if time.monotonic() > deadline or not _worth_another_try(error):
                    raise StoreUnavailable("the database does not answer a read") from error
                log.warning("read_retried", extra={"error": str(error)})
            # One restart breaks every pooled connection at once.
            await self._pool.check()
            await asyncio.sleep(_BACK_OFF_SECONDS)

    async def _rows_once(self, statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        async with (
            self._pool.connection() as connection,
            connection.cursor(binary=True) as cursor,
        ):
            await cursor.execute(statement, parameters)
            return await cursor.fetchall()

    async def _connect(self) -> AsyncConnection:
        return await AsyncConnection.connect(
            self._dsn,
            autocommit=True,
            connect_timeout=_CONNECT_SECONDS,
            application_name="eventstore-committer",
            keepalives_idle=_KEEPALIVE["keepalives_idle"],
            keepalives_interval=_KEEPALIVE["keepalives_interval"],
            keepalives_count=_KEEPALIVE["keepalives_count"],
        )

    def _appended(self, position: int) -> None:
        if position - self._partitions_checked_at >= _PARTITIONS_CHECKED_EVERY:
            self._partitions_checked_at = position
            task = asyncio.create_task(self._make_partitions())
            self._housekeeping.add(task)
            task.add_done_callback(self._housekeeping.discard)
        if self.on_appended is not None:
            self.on_appended(position)

    async def _make_partitions(self) -> None:
        try:
            made = (await self._rows("select es.make_partitions()", ()))[0][0]
        except (StoreUnavailable, psycopg.Error):
            # Two are always ahead, and it is asked again long before they are full.
            log.exception("partitions_not_made")
            return
        if made:
            log.info("partitions_made", extra={"made": made})


def _worth_another_try(error: Exception) -> bool:
    """A connection that broke or a server that restarts; never a statement that took too long."""
    if not isinstance(error, psycopg.OperationalError) or isinstance(error, PoolTimeout):
        return False
    return error.sqlstate is None or error.sqlstate.startswith(("08", "57P"))
