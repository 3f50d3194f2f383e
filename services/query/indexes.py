"""Indexes of a version that is being built: those its writes need at once, the others at the end.

A row of a service alone is in two dozen of them, and most are over what is true now, so that in the
past of a log nearly every entry would be made only to be left behind."""

import re

from psycopg import AsyncConnection, sql

from services.query.view import View

_INDEXES = """
select c.relname, i.indisunique, pg_get_indexdef(i.indexrelid)
  from pg_index i join pg_class c on c.oid = i.indexrelid
 where i.indrelid = %s::regclass and not i.indisprimary
 order by c.relname"""
_DEFINITION = re.compile(r"\A(CREATE (?:UNIQUE )?INDEX) \S+ ON view\.\S+ (.*)\Z", re.DOTALL)
_VERSION = re.compile(r"_v[0-9]+\Z")


async def make_table(connection: AsyncConnection, view: View, table: str, number: int) -> list[str]:
    """A table like the live one for version `number`; answers what makes its other indexes."""
    new = f"{table}_v{number}"
    await connection.execute(
        sql.SQL("create table view.{} (like view.{} including all excluding indexes)").format(
            sql.Identifier(new), sql.Identifier(table)
        )
    )
    await _primary_key(connection, table, new)
    cursor = await connection.execute(_INDEXES, (f"view.{table}",))
    later: list[str] = []
    for name, is_unique, definition in await cursor.fetchall():
        plain = _VERSION.sub("", name)
        found = _DEFINITION.match(definition)
        if found is None:
            raise AssertionError(f"{definition} is not how an index is defined")
        made = f'{found.group(1)} "{plain}_v{number}" ON view."{new}" {found.group(2)}'
        if is_unique or view.looks_up is None or plain in view.looks_up:
            await connection.execute(made.encode())
        else:
            later.append(made)
    return later


async def _primary_key(connection: AsyncConnection, table: str, new: str) -> None:
    cursor = await connection.execute(
        "select pg_get_constraintdef(oid) from pg_constraint"
        " where conrelid = %s::regclass and contype = 'p'",
        (f"view.{table}",),
    )
    if (row := await cursor.fetchone()) is not None:
        await connection.execute(f'alter table view."{new}" add {row[0]}'.encode())


async def make_indexes(connection: AsyncConnection, later: list[str]) -> None:
    for statement in later:
        await connection.execute(statement.encode())
