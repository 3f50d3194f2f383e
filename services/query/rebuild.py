"""A view built anew beside the live one: from position zero, in tables of its own, then swapped.

The swap happens at one position, while the live checkpoint is locked: both are hashed and must be
equal, unless the live one is known to be wrong (it has parked streams) or the operator says so.
Tables change names, so whoever reads or writes next finds the new ones; the old stay until dropped.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg import AsyncConnection, sql

from services.query.apply import apply
from services.query.build import TooManyParked, build, lanes_of
from services.query.checkpoints import Version
from services.query.gathered import Settling, begin
from services.query.progress import Progress
from services.query.run_projection import catch_up, connected
from services.query.settling import settle_all
from services.query.source import BATCH, Source
from services.query.statements import Statements
from services.query.view import View
from shared.envelope.event import EventEnvelope
from shared.eventstore import EventStore
from shared.eventstore.relayed import envelope_of
from shared.eventstore.vault import Vault
from shared.eventstore.vault_rows import PostgresVaultRows

log = logging.getLogger(__name__)

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
            begun = await _built(dsn, connection, store, vault, views)
            return [
                await _finish(connection, store, vault, each, accept_differences) for each in begun
            ]
    finally:
        await store.close()


async def _built(
    dsn: str, connection: AsyncConnection, store: EventStore, vault: Vault, views: Sequence[View]
) -> list["_Begun"]:
    try:
        return await _built_once(dsn, connection, store, vault, views, all_unique=False)
    except psycopg.errors.UniqueViolation as error:
        # Found at the end only, where the live version met it at its event and parked the stream.
        log.warning("rebuild_refused", extra={"error": str(error)})
        return await _built_once(dsn, connection, store, vault, views, all_unique=True)


async def _built_once(
    dsn: str,
    connection: AsyncConnection,
    store: EventStore,
    vault: Vault,
    views: Sequence[View],
    *,
    all_unique: bool,
) -> list["_Begun"]:
    begun = [await _begin(connection, view, all_unique=all_unique) for view in views]
    try:
        async with lanes_of(dsn, [each.building for each in begun]) as lanes:
            await build(connection, lanes, store, vault)
            await settle_all(
                [lane.connection for lane in lanes], [t for each in begun for t in each.tables]
            )
    except TooManyParked as error:
        raise RebuildFailed(f"{error}: too many streams cannot be applied") from None
    for each in begun:
        tables = {table.table: table.settled for table in each.tables}
        each.building.statements = each.live.statements.on_tables(tables)
    return begun


async def _finish(
    connection: AsyncConnection,
    store: EventStore,
    vault: Vault,
    begun: "_Begun",
    accept_differences: bool,
) -> Rebuilt:
    """What came meanwhile is caught up with first, so that the live version waits for little."""
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
    building: Version
    live: Version
    tables: list[Settling]


async def _begin(connection: AsyncConnection, view: View, *, all_unique: bool) -> _Begun:
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
        live = [(version, position) for version, position, state in rows if state == "live"]
        if not live:
            raise RebuildFailed(f"{view.name} has no live version: it was never projected")
        version, position = live[0]
        number = version + 1
        tables = [Settling(view=view, table=table, number=number) for table in view.tables]
        for table in tables:
            await begin(connection, table, all_unique=all_unique)
        await connection.execute(
            "insert into view.checkpoint (view, version, state) values (%s, %s, 'building')",
            (view.name, number),
        )
    statements = Statements.of(view.sql)
    gathered = {table.table: table.gathered for table in tables}
    log.info("rebuild_started", extra={"view": view.name, "version": number})
    return _Begun(
        building=Version(
            view=view, number=number, statements=statements.on_tables(gathered), position=0
        ),
        live=Version(view=view, number=version, statements=statements, position=position),
        tables=tables,
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
        hashes = await _hashes(connection, building.tables)
        equal = building.position == position and hashes == await _hashes(connection, view.tables)
        if not (equal or parked or accept_differences):
            raise RebuildFailed(
                f"{view.name} version {building.number} differs from the live version at position"
                f" {position}; look at both, or accept the differences"
            )
        await _rename(connection, building, live)
    log.info("rebuild_swapped", extra={"view": view.name, "version": building.number})
    return Rebuilt(
        version=building.number,
        position=building.position,
        rows=sum(rows for rows, _ in hashes),
        equal=equal,
    )


async def _hashes(connection: AsyncConnection, tables: Sequence[str]) -> list[Hash]:
    return [await _hash(connection, table) for table in tables]


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
        settling = Settling(view=view, table=table, number=version)
        for name in (settling.settled, settling.gathered):
            await connection.execute(
                sql.SQL("drop table if exists view.{}").format(sql.Identifier(name))
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
