"""Route tables into the KV bucket that the edges follow: whole tables, generations that only rise.

Generations are microseconds of the clock, so that they rise over restarts and lost buckets too.
"""

import asyncio
import logging
from dataclasses import replace

import nats.js.errors
from nats.js import JetStreamContext
from nats.js.api import KeyValueConfig
from nats.js.kv import KeyValue

from services.scheduler.speak import AWAY
from shared.bus.broker import Bus
from shared.bus.routes import RouteTable, decode_table, encode
from shared.bus.subjects import ROUTES_BUCKET
from shared.runtime.clock import Clock

log = logging.getLogger(__name__)

CALL_SECONDS = 5.0
RETRY_SECONDS = 1.0
READS_MAX = 32
STREAM = f"KV_{ROUTES_BUCKET}"
PREFIX = f"$KV.{ROUTES_BUCKET}."


class Tables:
    def __init__(self, bus: Bus, clock: Clock) -> None:
        self._bus = bus
        self._clock = clock
        self._generation = 0
        self._told: dict[str, int] = {}

    async def load(self) -> dict[str, RouteTable]:
        """Every table there is; makes the bucket at the very first start."""
        bucket = await self._bucket()
        reads = asyncio.Semaphore(READS_MAX)

        async def read(service_id: str) -> RouteTable | None:
            async with reads:
                return await _read(bucket, service_id)

        tables = await asyncio.gather(*(read(key) for key in await self._keys()))
        found = {table.service_id: table for table in tables if table is not None}
        # A clock that was set back must not number below what the edges already know.
        newest = max((table.generation for table in found.values()), default=0)
        self._generation = max(self._generation, newest)
        self._told |= {key: table.generation for key, table in found.items()}
        return found

    async def insist(self) -> dict[str, RouteTable]:
        """As `load`, once the bus answers."""
        while True:
            try:
                return await self.load()
            except AWAY as error:
                log.warning("tables_unreadable", extra={"error": repr(error)[:200]})
                await asyncio.sleep(RETRY_SECONDS)

    async def withdraw(self, table: RouteTable) -> RouteTable:
        """Gone, if the bucket can be told now; else a look publishes it, however often it tries."""
        if table.state == "gone":
            return table
        try:
            return await self.publish(replace(table, state="gone", backends=()))
        except AWAY as error:
            log.warning("removal_not_routed_yet", extra={"error": repr(error)[:200]})
            return table

    async def publish(self, table: RouteTable) -> RouteTable:
        """With its new generation, once the bucket has it."""
        now = int(self._clock.now().timestamp() * 1_000_000)
        self._generation = max(self._generation + 1, now)
        self._told[table.service_id] = self._generation
        numbered = replace(table, generation=self._generation)
        try:
            await self._put(numbered)
        except nats.js.errors.NoStreamResponseError:
            log.warning("routes_bucket_lost")
            await self._bucket()
            await self._put(numbered)
        return numbered

    def is_overruled(self, service_id: str, acked: int) -> bool:
        """Edges have a table that is newer than our last: a former leader, which was paused, woke
        and told them what it had seen before. The bucket refuses no old epoch, as the log does."""
        return acked > self._told.get(service_id, acked)

    async def overrule(self, table: RouteTable, acked: int) -> RouteTable:
        """Our last word again, above what they have."""
        log.warning("routes_overruled", extra={"service_id": table.service_id, "acked": acked})
        self._generation = max(self._generation, acked)
        return await self.publish(table)

    async def count(self) -> int:
        """How many tables the bucket holds: fewer than we published means it was lost."""
        await self._bucket()
        return len(await self._keys())

    async def _put(self, table: RouteTable) -> None:
        await self._jetstream().publish(f"{PREFIX}{table.service_id}", encode(table))

    async def _keys(self) -> list[str]:
        info = await self._jetstream().stream_info(STREAM, subjects_filter=f"{PREFIX}>")
        return [subject.removeprefix(PREFIX) for subject in info.state.subjects or {}]

    async def _bucket(self) -> KeyValue:
        jetstream = self._jetstream()
        try:
            return await jetstream.key_value(ROUTES_BUCKET)
        except nats.js.errors.BucketNotFoundError:
            log.info("routes_bucket_made")
            return await jetstream.create_key_value(KeyValueConfig(bucket=ROUTES_BUCKET))

    def _jetstream(self) -> JetStreamContext:
        return self._bus.client.jetstream(timeout=CALL_SECONDS)


async def _read(bucket: KeyValue, service_id: str) -> RouteTable | None:
    try:
        entry = await bucket.get(service_id)
        return decode_table(entry.value or b"")
    except nats.js.errors.KeyNotFoundError:
        return None
    except ValueError as broken:
        # It is published anew when its service is looked at; until then nobody can use it.
        log.error("route_table_unreadable", extra={"key": service_id, "text": str(broken)[:300]})
        return None
