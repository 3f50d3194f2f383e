"""The event store in Postgres: reads over a pool (reader.py), writes through the group committer.

Satisfies `Store`. Log in as a role with rights on schema es, never as its owner.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

import psycopg
from psycopg import AsyncConnection

from shared.envelope.event import EventEnvelope
from shared.eventstore import rows
from shared.eventstore.committer import Committer
from shared.eventstore.envelope import seal
from shared.eventstore.failures import LogHole, StoreUnavailable
from shared.eventstore.messages import Commit, Past, Recorded, StoredAnswer, Verdict
from shared.eventstore.reader import CONNECT_SECONDS, Reader, Row
from shared.eventstore.relayed import envelope_of_row

# Far fewer than a partition holds, and two are made ahead, so they never run out.
_PARTITIONS_CHECKED_EVERY = 100_000

log = logging.getLogger(__name__)


class EventStore:
    def __init__(self, dsn: str, reader: Reader) -> None:
        self.on_appended: Callable[[int], None] | None = None
        self.reader = reader
        self._dsn = dsn
        self._committer = Committer(self._connect, self._appended)
        self._housekeeping: set[asyncio.Task[None]] = set()
        self._partitions_checked_at = 0

    @classmethod
    async def open(cls, dsn: str, *, pool_max: int = 8, read_only: bool = False) -> "EventStore":
        """`read_only` is for a role that may not append."""
        store = cls(dsn, await Reader.open(dsn, pool_max=pool_max))
        if not read_only:
            store._committer.start()
            await store._make_partitions()
        return store

    async def close(self) -> None:
        await self._committer.close()
        for task in self._housekeeping:
            task.cancel()
        await asyncio.gather(*self._housekeeping, return_exceptions=True)
        await self.reader.close()

    async def read(self, stream: str, after_version: int = 0) -> Past:
        found = await self.reader.rows(rows.READ_STREAM, (after_version, stream))
        if not found:
            return Past(events=(), version=0, leaf=None, account_id=None)
        version, leaf, account_id = found[0][:3]
        events = tuple(rows.recorded(row[3:]) for row in found if row[3] is not None)
        return Past(events=events, version=version, leaf=leaf, account_id=account_id)

    async def append(self, commit: Commit) -> Verdict:
        return await self._committer.append(seal(commit))

    async def answer_of(self, actor: str, command_id: str) -> StoredAnswer | None:
        found = await self.reader.rows(rows.ANSWER_OF, (actor, command_id))
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
            parameters = (after, list(stream_types), limit)
            return [
                rows.recorded(row)
                for row in await self.reader.rows(rows.READ_LOG_OF_TYPES, parameters)
            ]
        found = await self.reader.rows(rows.READ_LOG, (after, limit))
        _check_dense(found, after)
        return [rows.recorded(row) for row in found]

    async def read_envelopes(self, after: int, limit: int) -> list[EventEnvelope]:
        """The log as the bus carries it, for who reads all of it; a hole raises as well."""
        found = await self.reader.rows(rows.READ_ENVELOPES, (after, limit))
        _check_dense(found, after)
        return [envelope_of_row(row) for row in found]

    async def head(self) -> int:
        return int((await self.reader.rows(rows.HEAD))[0][0])

    async def count_claims(self, space: str, prefix: str, limit: int) -> int:
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        return int((await self.reader.rows(rows.COUNT_CLAIMS, (space, prefix, end, limit)))[0][0])

    async def position_at(self, moment: datetime) -> int:
        return int((await self.reader.rows(rows.POSITION_AT, (moment,)))[0][0])

    async def forget_answers(self, limit: int = 1000) -> int:
        """Drops stored answers whose time is over; answers how many. Call it now and then."""
        return int((await self.reader.rows("select es.forget_answers(%s)", (limit,)))[0][0])

    async def _connect(self) -> AsyncConnection:
        return await AsyncConnection.connect(
            self._dsn,
            autocommit=True,
            connect_timeout=CONNECT_SECONDS,
            application_name="eventstore-committer",
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
            made = (await self.reader.rows("select es.make_partitions()"))[0][0]
        except (StoreUnavailable, psycopg.Error):
            # Two are always ahead, and it is asked again long before they are full.
            log.exception("partitions_not_made")
            return
        if made:
            log.info("partitions_made", extra={"made": made})


def _check_dense(found: list[Row], after: int) -> None:
    for expected, row in enumerate(found, start=after + 1):
        if row[0] != expected:
            raise LogHole(expected, row[0])
