"""Versions of views built from the whole log, in lanes: each has a connection and some views.

The log is read and projected once for all of them, ahead of what is written, so that Python and
the server work at the same time. Nobody reads what is being built: its commits need not be durable
one by one, the swap that ends it is."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from psycopg import AsyncConnection

from services.query.apply import (
    Execution,
    Park,
    Parked,
    Vault,
    Writes,
    apply,
    execution_of,
    grouped,
    opened,
    project,
    put,
)
from services.query.checkpoints import Version
from services.query.concurrent import all_of
from services.query.plans import Plans
from services.query.run_projection import connected
from shared.envelope.event import EventEnvelope
from shared.eventstore import EventStore

BATCH = 4000
# Projected at once, before what is written has some turns: a statement takes several.
SLICE, TURNS = 20, 4
LANES = 3
AHEAD = 2
COLLECTED_EVERY = 50
BATCH_SECONDS = 600.0


class TooManyParked(Exception):
    """The name of the view."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """What one lane is to write of some events. `refused`: of the lane, when it was projected."""

    events: list[EventEnvelope]
    executions: list[Execution]
    parks: list[Park]
    refused: int


@dataclass(slots=True, kw_only=True)
class Lane:
    connection: AsyncConnection
    versions: list[Version] = field(default_factory=list)
    # Rises where the database parks a stream: what was projected ahead has its events still.
    refused: int = 0
    batches: "asyncio.Queue[_Batch | None]" = field(
        default_factory=lambda: asyncio.Queue(maxsize=AHEAD)
    )

    async def write(self, vault: Vault) -> None:
        plans = Plans(most=sys.maxsize)
        while (batch := await self.batches.get()) is not None:
            async with asyncio.timeout(BATCH_SECONDS):
                await self._put(batch, vault)
                await plans.grown(self.connection, self.versions, len(batch.events))
            for version in self.versions:
                if version.is_halted:
                    raise TooManyParked(version.view.name)

    async def _put(self, batch: _Batch, vault: Vault) -> None:
        events = batch.events
        if batch.refused == self.refused:
            parks = await put(
                self.connection, self.versions, events, batch.executions, batch.parks, vault
            )
            self.refused += parks is not batch.parks
        else:
            self.refused += len(await apply(self.connection, self.versions, events, vault))


@asynccontextmanager
async def lanes_of(dsn: str, versions: Sequence[Version]) -> AsyncIterator[list[Lane]]:
    """Those with many tables first, each to the lane that has the fewest."""
    async with AsyncExitStack() as stack:
        lanes = []
        for _ in range(min(LANES, len(versions))):
            connection = await stack.enter_async_context(await connected(dsn))
            await connection.execute("set synchronous_commit = off")
            # Hundreds of rows by an index, in every batch: there is one plan to be found.
            await connection.execute("set plan_cache_mode = force_generic_plan")
            lanes.append(Lane(connection=connection))
        for version in sorted(versions, key=lambda v: -len(v.view.tables)):
            fewest = min(lanes, key=lambda lane: sum(len(v.view.tables) for v in lane.versions))
            fewest.versions.append(version)
        yield lanes


async def build(
    connection: AsyncConnection, lanes: list[Lane], store: EventStore, vault: Vault
) -> None:
    """Up to the head of the log, or nearly. `connection` is only asked for types."""
    projecting = _Projecting(connection=connection, lanes=lanes, vault=vault)
    with _seldom_collected():
        await all_of([projecting.run(store), *(lane.write(vault) for lane in lanes)])


@dataclass(slots=True, kw_only=True)
class _Projecting:
    connection: AsyncConnection
    lanes: list[Lane]
    vault: Vault
    parked: Parked = field(default_factory=dict)

    async def run(self, store: EventStore) -> None:
        reading = asyncio.create_task(store.read_envelopes(0, BATCH))
        batches = 0
        try:
            while events := await reading:
                reading = asyncio.create_task(store.read_envelopes(events[-1].position, BATCH))
                await self._hand_out(events)
                batches += 1
                if batches % COLLECTED_EVERY == 0:
                    gc.collect()
            for lane in self.lanes:
                await lane.batches.put(None)
        finally:
            reading.cancel()

    async def _hand_out(self, events: list[EventEnvelope]) -> None:
        refused = [lane.refused for lane in self.lanes]
        writes, parks = await self._projected(events)
        for lane, before in zip(self.lanes, refused, strict=True):
            names = {version.view.name for version in lane.versions}
            executions = []
            for group in grouped([each for each in writes if each[0].view.name in names]):
                executions.append(await execution_of(self.connection, group))
                await _turns_of_lanes()
            batch = _Batch(
                events=events,
                executions=executions,
                parks=[each for each in parks if each.version.view.name in names],
                refused=before,
            )
            await lane.batches.put(batch)

    async def _projected(self, events: list[EventEnvelope]) -> tuple[Writes, list[Park]]:
        versions = [version for lane in self.lanes for version in lane.versions]
        writes: Writes = []
        parks: list[Park] = []
        for start in range(0, len(events), SLICE):
            some, refusals = project(versions, events[start : start + SLICE], self.parked)
            writes += await opened(some, self.vault)
            parks += refusals
            await _turns_of_lanes()
        return writes, parks


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """A batch is a hundred thousand objects without a cycle, and looking for one in them again and
    again was a third of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


async def _turns_of_lanes() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)
