"""A view built anew beside the live one: from position zero, in tables of its own, then swapped.

The swap happens at one position, while the live checkpoint is locked: both are hashed and must be
equal, unless the live one is known to be wrong (it has parked streams) or the operator says so.
Tables change names, so whoever reads or writes next finds the new ones; the old stay until dropped.
"""

import asyncio
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import AsyncConnection, sql

from services.query.apply import apply
from services.query.checkpoints import Version
from services.query.indexes import make_indexes, make_table
from services.query.plans import Plans
from services.query.progress import Progress
from services.query.run_projection import catch_up, connected
from services.query.source import BATCH, Source
from services.query.statements import Statements
from services.query.view import View
from shared.envelope.event import EventEnvelope
from shared.eventstore import EventStore
from shared.eventstore.relayed import envelope_of
from shared.eventstore.vault import Vault
from shared.eventstore.vault_rows import PostgresVaultRows

log = logging.getLogger(__name__)

BUILD_BATCH = 2000

Hash = tuple[int, str]


class RebuildFailed(Exception):
    """A sentence for the operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    version: int
    position: int
    rows: int
    equal: bool


async def rebuild(dsn: str, view: View, kek: bytes, *, accept_differences: bool = False) -> Rebuilt:
    done = await rebuild_together(dsn, (view,), kek, accept_differences=accept_differences)
    return done[0]


async def rebuild_together(
    dsn: str, views: Sequence[View], kek: bytes, *, accept_differences: bool = False
) -> list[Rebuilt]:
    """Several in one pass over the log; each is swapped by itself."""
    store = await EventStore.open(dsn, pool_max=2, read_only=True)
    vault = Vault(kek, PostgresVaultRows(store.reader))
    try:
        async with await connected(dsn) as connection:
            begun = [await _begin(connection, view) for view in views]
            await _build(connection, store, vault, [each.building for each in begun])
            return [
                await _finish(connection, store, vault, each, accept_differences) for each in begun
            ]
    finally:
        await store.close()


async def _build(
    connection: AsyncConnection, store: EventStore, vault: Vault, versions: list[Version]
) -> None:
    """Up to the head of the log, or nearly. The next events are read while the last are written."""
    plans = Plans(most=sys.maxsize)
    reading = asyncio.create_task(store.read_log(0, BUILD_BATCH))
    try:
        while events := [envelope_of(recorded) for recorded in await reading]:
            reading = asyncio.create_task(store.read_log(events[-1].position, BUILD_BATCH))
            await apply(connection, versions, events, vault)
            await plans.grown(connection, versions, len(events))
            for version in versions:
                if version.is_halted:
                    raise RebuildFailed(f"{version.view.name}: too many streams cannot be applied")
    finally:
        reading.cancel()


async def _finish(
    connection: AsyncConnection,
    store: EventStore,
    vault: Vault,
    begun: "_Begun",
    accept_differences: bool,
) -> Rebuilt:
    """Its indexes are made beside the live version, and what came meanwhile is caught up with, so
    that the live one waits for little."""
    await make_indexes(connection, begun.indexes)
    source = Source(_NothingLive(), store, Progress())
    head = await store.head()
    await catch_up(connection, begun.building, source, vault=vault, until=lambda: head)
    return await _swap(connection, store, vault, begun.building, begun.live, accept_differences)


async def drop(dsn: str, view: View, version: int) -> None:
    async with await connected(dsn) as connection, connection.transaction():
        cursor = await connection.execute(
            "delete from view.checkpoint where view = %s and version = %s and state <> 'live'"
            " returning 1",
            (view.name, version),
        )
        if await cursor.fetchone() is None:
            raise RebuildFailed(f"{view.name} has no version {version} that is not live")
        await _forget(connection, view, version)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """`indexes` are made once the rows are there."""

    building: Version
    live: Version
    indexes: list[str]


async def _begin(connection: AsyncConnection, view: View) -> _Begun:
    """Fresh tables. What an earlier try left half built is thrown away."""
    async with connection.transaction():
        cursor = await connection.execute(
            "select version, position, state from view.checkpoint where view = %s for update",
            (view.name,),
        )
        rows = await cursor.fetchall()
        for version, _, state in rows:
            if state == "building":
                await _forget(connection, view, version)
        await connection.execute(
            "delete from view.checkpoint where view = %s and state = 'building'", (view.name,)
        )
        version, position = next((v, p) for v, p, state in rows if state == "live")
        number = version + 1
        indexes: list[str] = []
        for table in view.tables:
            indexes += await make_table(connection, view, table, number)
        await connection.execute(
            "insert into view.checkpoint (view, version, state) values (%s, %s, 'building')",
            (view.name, number),
        )
    statements = Statements.of(view.sql)
    tables = {table: f"{table}_v{number}" for table in view.tables}
    log.info("rebuild_started", extra={"view": view.name, "version": number})
    return _Begun(
        building=Version(
            view=view, number=number, statements=statements.on_tables(tables), position=0
        ),
        live=Version(view=view, number=version, statements=statements, position=position),
        indexes=indexes,
    )


async def _swap(
    connection: AsyncConnection,
    store: EventStore,
    vault: Vault,
    building: Version,
    live: Version,
    accept_differences: bool,
) -> Rebuilt:
    view = building.view
    async with connection.transaction():
        # From here the live version waits at the beginning of its next batch, holding no table.
        cursor = await connection.execute(
            "select position, (select count(*) from view.parked p"
            " where p.view = c.view and p.version = c.version)"
            " from view.checkpoint c"
            " where view = %s and version = %s and state = 'live' for update",
            (view.name, live.number),
        )
        row = await cursor.fetchone()
        if row is None:
            raise RebuildFailed(f"{view.name}: another rebuild was faster")
        position, parked = row
        while building.position < position:
            limit = min(BATCH, position - building.position)
            recorded = await store.read_log(building.position, limit)
            await apply(connection, (building,), [envelope_of(event) for event in recorded], vault)
        # A live version that halted lies behind: then there is no common position to compare at.
        equal = building.position == position and await _equal(connection, building)
        if not (equal or parked or accept_differences):
            raise RebuildFailed(
                f"{view.name} version {building.number} differs from the live version at position"
                f" {position}; look at both, or accept the differences"
            )
        rows = await _count(connection, building)
        await _rename(connection, building, live)
    log.info("rebuild_swapped", extra={"view": view.name, "version": building.number})
    return Rebuilt(version=building.number, position=building.position, rows=rows, equal=equal)


async def _equal(connection: AsyncConnection, building: Version) -> bool:
    return all(
        [
            await _hash(connection, table) == await _hash(connection, f"{table}_v{building.number}")
            for table in building.view.tables
        ]
    )


async def _hash(connection: AsyncConnection, table: str) -> Hash:
    """Independent of the order of rows, so that nothing has to be sorted."""
    cursor = await connection.execute(
        sql.SQL(
            "select count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text"
            " from view.{} t"
        ).format(sql.Identifier(table))
    )
    row: Hash | None = await cursor.fetchone()
    if row is None:
        raise AssertionError("a count has a row")
    return row


async def _count(connection: AsyncConnection, building: Version) -> int:
    hashes = [await _hash(connection, f"{t}_v{building.number}") for t in building.view.tables]
    return sum(rows for rows, _ in hashes)


async def _rename(connection: AsyncConnection, building: Version, live: Version) -> None:
    for table in building.view.tables:
        for old, new in (
            (table, f"{table}_v{live.number}"),
            (f"{table}_v{building.number}", table),
        ):
            await connection.execute(
                sql.SQL("alter table view.{} rename to {}").format(
                    sql.Identifier(old), sql.Identifier(new)
                )
            )
    for state, version in (("old", live.number), ("live", building.number)):
        await connection.execute(
            "update view.checkpoint set state = %s where view = %s and version = %s",
            (state, building.view.name, version),
        )


async def _forget(connection: AsyncConnection, view: View, version: int) -> None:
    for table in view.tables:
        await connection.execute(
            sql.SQL("drop table if exists view.{}").format(sql.Identifier(f"{table}_v{version}"))
        )
    await connection.execute(
        "delete from view.parked where view = %s and version = %s", (view.name, version)
    )


class _NothingLive:
    """A rebuild reads the log only."""

    is_open = True

    async def open(self, *, after: int) -> bool:
        return True

    async def take(self, seconds: float, limit: int) -> list[EventEnvelope]:
        return []
