"""Checkpoints, versions and parked streams of the views, as their tables hold them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from psycopg import AsyncConnection

from services.query.statements import Statements
from services.query.view import View

CALL_SECONDS = 10.0
_LOCK = (1165, 1)

READ_LIVE = """
select c.view, c.version, c.position,
       (select coalesce(array_agg(p.stream), '{}') from view.parked p
         where p.view = c.view and p.version = c.version)
  from view.checkpoint c where c.state = 'live'"""

# A view that is new in this version of the program starts from zero by itself.
_BEGIN = """
insert into view.checkpoint (view, version, state)
select v.view, 1, 'live' from unnest(%s::text[]) as v(view)
 where not exists (select from view.checkpoint c where c.view = v.view)
on conflict do nothing"""

ADVANCE = "select view.advance(%(views)s::text[], %(versions)s::int[], %(from)s, %(to)s)"

PARK = """
insert into view.parked (view, version, stream, position, type, error)
values (%(view)s, %(version)s, %(stream)s, %(position)s, %(type)s, %(error)s)
on conflict do nothing"""

# More parked streams than this, and the view stops: something is wrong with it, not with them.
PARKED_MAX = 20


@dataclass(slots=True, kw_only=True)
class Version:
    """One version of a view, as it is projected into. `statements` name its tables."""

    view: View
    number: int
    statements: Statements
    position: int
    parked: set[str] = field(default_factory=set)

    @property
    def tables(self) -> tuple[str, ...]:
        """As they are called in the schema: the live version has the plain names."""
        return tuple(self.statements.table(table) for table in self.view.tables)

    @property
    def is_halted(self) -> bool:
        return len(self.parked) > PARKED_MAX


async def live_versions(connection: AsyncConnection, views: Sequence[View]) -> list[Version]:
    """Each view's live version, in the order of the registry."""
    names = [view.name for view in views]
    cursor = await connection.execute(READ_LIVE)
    rows = {row[0]: row for row in await cursor.fetchall()}
    if not rows.keys() >= set(names):
        await connection.execute(_BEGIN, (names,))
        cursor = await connection.execute(READ_LIVE)
        rows = {row[0]: row for row in await cursor.fetchall()}
    return [
        Version(
            view=view,
            number=rows[view.name][1],
            statements=Statements.of(view.sql),
            position=rows[view.name][2],
            parked=set(rows[view.name][3]),
        )
        for view in views
    ]


async def may_project(connection: AsyncConnection) -> bool:
    """One process projects: the one whose session holds this lock."""
    cursor = await connection.execute("select pg_try_advisory_lock(%s::int, %s::int)", _LOCK)
    row = await cursor.fetchone()
    return row is not None and bool(row[0])
