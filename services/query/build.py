"""Versions of views built from the whole log, in lanes: each has a connection and some views.

The log is read and projected once for all of them, ahead of what is written, so that Python and
the server work at the same time. Nobody reads what is being built: its commits need not be durable
one by one, the swap that ends it is."""

import asyncio
import sys
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from psycopg import AsyncConnection

from services.query.apply import Park, Parked, Vault, Writes, apply, opened, project, put
from services.query.checkpoints import Version
from services.query.gathered import Settling, settle
from services.query.plans import Plans
from services.query.run_projection import connected
from shared.envelope.event import EventEnvelope
from shared.eventstore import EventStore

BATCH = 4000
# Projected at once before what is written has its turn.
SLICE = 250
LANES = 3
AHEAD = 2


class TooManyParked(Exception):
    """The name of the view."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """What one lane is to write of some events. `refused`: of the lane, when it was projected."""

    events: list[EventEnvelope]
    writes: Writes
    parks: list[Park]
    refused: int


@dataclass(slots=True, kw_only=True)
class Lane:
    connection: AsyncConnection
    versions: list[Version] = field(default_factory=list)
    refused: int = 0  # Streams that the database parked: what was projected ahead has them still.
    batches: "asyncio.Queue[_Batch | None]" = field(
        default_factory=lambda: asyncio.Queue(maxsize=AHEAD)
    )

    async def write(self, vault: Vault) -> None:
        plans = Plans(most=sys.maxsize)
        while (batch := await self.batches.get()) is not None:
            events = batch.events
            if batch.refused == self.refused:
                parks = await put(
                    self.connection, self.versions, events, batch.writes, batch.parks, vault
                )
                self.refused += len(parks) - len(batch.parks)
            else:
                await apply(self.connection, self.versions, events, vault)
            await plans.grown(self.connection, self.versions, len(events))
            for version in self.versions:
                if version.is_halted:
                    raise TooManyParked(version.view.name)


@asynccontextmanager
async def lanes_of(dsn: str, versions: Sequence[Version]) -> AsyncIterator[list[Lane]]:
    """Those with many tables first, each to the lane that has the fewest."""
    async with AsyncExitStack() as stack:
        lanes = []
        for _ in range(min(LANES, len(versions))):
            connection = await stack.enter_async_context(await connected(dsn))
            await connection.execute("set synchronous_commit = off")
            lanes.append(Lane(connection=connection))
        for version in sorted(versions, key=lambda v: -len(v.view.tables)):
            fewest = min(lanes, key=lambda lane: sum(len(v.view.tables) for v in lane.versions))
            fewest.versions.append(version)
        yield lanes


async def build(lanes: list[Lane], store: EventStore, vault: Vault) -> None:
    """Up to the head of the log, or nearly."""
    await _all([_project(lanes, store, vault), *(lane.write(vault) for lane in lanes)])


async def settle_all(lanes: list[Lane], tables: Sequence[Settling]) -> None:
    """Each table by whoever is free, those that are longest in work first."""
    left = list(reversed(tables))

    async def work(lane: Lane) -> None:
        while left:
            await settle(lane.connection, left.pop())

    await _all([work(lane) for lane in lanes])


async def _project(lanes: list[Lane], store: EventStore, vault: Vault) -> None:
    versions = [version for lane in lanes for version in lane.versions]
    lane_of = {version.view.name: lane for lane in lanes for version in lane.versions}
    parked: Parked = {}
    reading = asyncio.create_task(store.read_envelopes(0, BATCH))
    try:
        while events := await reading:
            reading = asyncio.create_task(store.read_envelopes(events[-1].position, BATCH))
            refused = {id(lane): lane.refused for lane in lanes}
            writes: dict[int, Writes] = {id(lane): [] for lane in lanes}
            parks: list[Park] = []
            for start in range(0, len(events), SLICE):
                some, refusals = project(versions, events[start : start + SLICE], parked)
                parks += refusals
                for version, write in await opened(some, vault):
                    writes[id(lane_of[version.view.name])].append((version, write))
                await asyncio.sleep(0)
            for lane in lanes:
                batch = _Batch(
                    events=events,
                    writes=writes[id(lane)],
                    parks=[each for each in parks if lane_of[each.version.view.name] is lane],
                    refused=refused[id(lane)],
                )
                await lane.batches.put(batch)
        for lane in lanes:
            await lane.batches.put(None)
    finally:
        reading.cancel()


async def _all(work: Sequence[Coroutine[Any, Any, None]]) -> None:
    """The first that fails is what the caller is told; the others end."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
