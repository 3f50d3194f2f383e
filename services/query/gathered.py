"""Where the rows of a version are gathered while it is built, and the tables they settle in.

What gathers is unlogged, has no index but those its own writes find rows by, and no column that
the table makes by itself: nobody else reads it. What settles is a table like the live one. Its open
rows go in first: an index over what is true now is made from them alone, and the past, which is
most of the rows, passes it by."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from psycopg import AsyncConnection, sql

from services.query.view import View

_INDEXES = """
select c.relname, i.indisprimary, i.indisunique, pg_get_indexdef(i.indexrelid),
       coalesce(pg_get_expr(i.indpred, i.indrelid) ~* 'valid_to is null', false),
       pg_get_constraintdef(k.oid)
  from pg_index i
  join pg_class c on c.oid = i.indexrelid
  left join pg_constraint k on k.conindid = i.indexrelid and k.contype = 'p'
 where i.indrelid = %s::regclass
 order by c.relname"""
_COLUMNS = """
select a.attname::text, a.attgenerated <> '' from pg_attribute a
 where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum"""
_OPTIONS = "select array_to_string(reloptions, ', ') from pg_class where oid = %s::regclass"
_DEFINITION = re.compile(r"\A(CREATE (?:UNIQUE )?INDEX) \S+ ON view\.\S+ (.*)\Z", re.DOTALL)
_VERSION = re.compile(r"_v[0-9]+\Z")
_WRITES = re.compile(r"\b(?:insert into|update|delete from) view\.")
# 128 MB
PART_BLOCKS = 16_384

# Answers statements that are left to whoever is free.
Stage = Callable[[AsyncConnection], Awaitable[list[bytes]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """A table of a version: what it is called live, and where its rows are gathered."""

    view: View
    table: str
    number: int

    @property
    def gathered(self) -> str:
        return f"{self.table}_v{self.number}_gathered"

    @property
    def settled(self) -> str:
        return f"{self.table}_v{self.number}"


@dataclass(frozen=True, slots=True)
class _Index:
    name: str
    is_primary: bool
    is_unique: bool
    definition: str
    is_of_now: bool
    constraint: str | None

    def statement(self, table: str) -> str:
        if self.constraint is not None:
            return f'alter table view."{table}" add {self.constraint}'
        found = _DEFINITION.match(self.definition)
        if found is None:
            raise AssertionError(f"{self.definition} is not how an index is defined")
        return f'{found.group(1)} "{self.name}_{_ending(table)}" ON view."{table}" {found.group(2)}'


async def begin(connection: AsyncConnection, settling: Settling, *, all_unique: bool) -> None:
    """`all_unique`: with everything that can refuse a row, for a log that is known to be refused
    somewhere."""
    view, gathered = settling.view, _name(settling.gathered)
    await connection.execute(
        sql.SQL(
            "create unlogged table view.{} (like view.{} including defaults including constraints"
            " including generated) with (autovacuum_enabled = off)"
        ).format(gathered, _name(settling.table))
    )
    for name in await _left_out(connection, settling):
        column = sql.Identifier(name)
        await connection.execute(
            sql.SQL(
                "alter table view.{} alter column {} drop expression, alter column {} drop not null"
            ).format(gathered, column, column)
        )
    for index in await _indexes(connection, settling.table):
        is_kept = view.looks_up is None or index.name in view.looks_up
        if is_kept or (all_unique and index.is_unique):
            await connection.execute(index.statement(settling.gathered).encode())


def stages(settling: Settling) -> list[Stage]:
    """What makes the table of the version out of what was gathered, which goes. Steps of a stage
    can be taken at the same time, by several connections."""
    return [
        lambda connection: _open_rows(connection, settling),
        lambda connection: _past(connection, settling),
        lambda connection: _indexes_of_all(connection, settling),
        lambda connection: _end(connection, settling),
    ]


async def _open_rows(connection: AsyncConnection, settling: Settling) -> list[bytes]:
    await connection.execute(
        sql.SQL("create table view.{} (like view.{} including all excluding indexes){}").format(
            _name(settling.settled),
            _name(settling.table),
            await _options(connection, settling.table),
        )
    )
    if await _has_past(connection, settling):
        await connection.execute(await _moving(connection, settling, "valid_to is null"))
        for index in await _indexes(connection, settling.table):
            if index.is_of_now:
                await connection.execute(index.statement(settling.settled).encode())
    return []


async def _past(connection: AsyncConnection, settling: Settling) -> list[bytes]:
    """By places in the file, in parts of a size that is worth it."""
    what = "valid_to is not null" if await _has_past(connection, settling) else "true"
    cursor = await connection.execute(
        "select pg_relation_size(%s::regclass) / 8192", (f'view."{settling.gathered}"',)
    )
    row = await cursor.fetchone()
    blocks = 0 if row is None else int(row[0])
    starts = range(0, blocks + 1, PART_BLOCKS)
    return [
        await _moving(
            connection,
            settling,
            f"{what} and ctid >= '({start},0)'::tid and ctid < '({start + PART_BLOCKS},0)'::tid",
        )
        for start in starts
    ]


async def _indexes_of_all(connection: AsyncConnection, settling: Settling) -> list[bytes]:
    has_past = await _has_past(connection, settling)
    return [
        index.statement(settling.settled).encode()
        for index in await _indexes(connection, settling.table)
        if not (index.is_primary or (has_past and index.is_of_now))
    ]


async def _end(connection: AsyncConnection, settling: Settling) -> list[bytes]:
    for index in await _indexes(connection, settling.table):
        if index.is_primary:
            await connection.execute(index.statement(settling.settled).encode())
    await connection.execute(sql.SQL("drop table view.{}").format(_name(settling.gathered)))
    # Vacuumed as well: an index answers alone only for pages that are known to be old.
    await connection.execute(sql.SQL("vacuum analyze view.{}").format(_name(settling.settled)))
    return []


async def _moving(connection: AsyncConnection, settling: Settling, where: str) -> bytes:
    columns = await _columns(connection, settling.table)
    names = ", ".join(f'"{name}"' for name, is_made in columns if not is_made)
    return (
        f'insert into view."{settling.settled}" ({names})'  # noqa: S608 - names of the schema
        f' select {names} from view."{settling.gathered}" where {where}'
    ).encode()


async def _has_past(connection: AsyncConnection, settling: Settling) -> bool:
    return "valid_to" in [name for name, _ in await _columns(connection, settling.table)]


async def _left_out(connection: AsyncConnection, settling: Settling) -> list[str]:
    """Columns the table makes by itself, but where a write of the view reads one."""
    made = [name for name, is_made in await _columns(connection, settling.table) if is_made]
    texts = [file.read_text("utf-8") for file in settling.view.sql.rglob("*.sql")]
    writes = " ".join(text for text in texts if _WRITES.search(text))
    return [name for name in made if re.search(rf"\b{name}\b", writes) is None]


async def _columns(connection: AsyncConnection, table: str) -> list[tuple[str, bool]]:
    cursor = await connection.execute(_COLUMNS, (f"view.{table}",))
    return [(name, is_made) for name, is_made in await cursor.fetchall()]


async def _options(connection: AsyncConnection, table: str) -> sql.SQL | sql.Composed:
    cursor = await connection.execute(_OPTIONS, (f"view.{table}",))
    row = await cursor.fetchone()
    if row is None or not row[0]:
        return sql.SQL("")
    return sql.SQL(f" with ({row[0]})")


async def _indexes(connection: AsyncConnection, table: str) -> list[_Index]:
    cursor = await connection.execute(_INDEXES, (f"view.{table}",))
    return [_Index(_VERSION.sub("", name), *rest) for name, *rest in await cursor.fetchall()]


def _ending(table: str) -> str:
    """The version, so that names of indexes differ from one to the next."""
    return table[table.rindex("_v") + 1 :]


def _name(name: str) -> sql.Identifier:
    return sql.Identifier(name)
