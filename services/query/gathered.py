"""Where the rows of a version are gathered while it is built, and the tables they settle in.

What gathers is unlogged, has no index but those its own writes find rows by, and no column that
the table makes by itself: nobody else reads it. What settles is a table like the live one. Its open
rows go in first: an index over what is true now is made from them alone, and the past, which is
most of the rows, passes it by."""

import re
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
_MEMORY = "256MB"


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
    view, gathered = settling.view, sql.Identifier(settling.gathered)
    await connection.execute(
        sql.SQL(
            "create unlogged table view.{} (like view.{} including defaults including constraints"
            " including generated) with (autovacuum_enabled = off)"
        ).format(gathered, sql.Identifier(settling.table))
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


async def settle(connection: AsyncConnection, settling: Settling) -> None:
    """Makes the table of the version out of what was gathered, which goes."""
    table = settling.table
    columns = await _columns(connection, table)
    indexes = await _indexes(connection, table)
    await connection.execute(f"set maintenance_work_mem = '{_MEMORY}'".encode())
    await connection.execute(
        sql.SQL("create table view.{} (like view.{} including all excluding indexes){}").format(
            sql.Identifier(settling.settled),
            sql.Identifier(table),
            await _options(connection, table),
        )
    )
    of_now = [index for index in indexes if index.is_of_now]
    if "valid_to" in [name for name, _ in columns]:
        await _move(connection, settling, columns, sql.SQL("where valid_to is null"))
        await _make(connection, settling, of_now)
        await _move(connection, settling, columns, sql.SQL("where valid_to is not null"))
    else:
        await _move(connection, settling, columns, sql.SQL(""))
        await _make(connection, settling, of_now)
    await _make(connection, settling, [index for index in indexes if not index.is_of_now])
    for statement in ("drop table view.{}", "analyze view.{}"):
        name = settling.gathered if statement.startswith("drop") else settling.settled
        await connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


async def _move(
    connection: AsyncConnection,
    settling: Settling,
    columns: list[tuple[str, bool]],
    where: sql.SQL,
) -> None:
    names = sql.SQL(", ").join(sql.Identifier(name) for name, is_made in columns if not is_made)
    await connection.execute(
        sql.SQL("insert into view.{} ({}) select {} from view.{} {}").format(
            sql.Identifier(settling.settled), names, names, sql.Identifier(settling.gathered), where
        )
    )


async def _make(connection: AsyncConnection, settling: Settling, indexes: list[_Index]) -> None:
    for index in indexes:
        await connection.execute(index.statement(settling.settled).encode())


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
