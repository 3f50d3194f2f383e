"""The tables of versions that were built, settled by several connections at the same time."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from psycopg import AsyncConnection

from services.query.concurrent import all_of
from services.query.gathered import Settling, Stage, stages

_MEMORY = b"set maintenance_work_mem = '256MB'"


@dataclass(slots=True)
class _Table:
    """`left`: its stages to come; `open`: steps of the one it is in that are not done."""

    left: deque[Stage]
    open: int = 0


@dataclass(slots=True, kw_only=True)
class _Work:
    """Steps that anybody may take now. A stage begins when the one before has no step left."""

    tables: Sequence[_Table]
    steps: deque[tuple[_Table, Stage | bytes]] = field(default_factory=deque)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def by(self, connection: AsyncConnection) -> None:
        await connection.execute(_MEMORY)
        while (step := await self._next()) is not None:
            table, what = step
            if isinstance(what, bytes):
                await connection.execute(what)
                more: list[bytes] = []
            else:
                more = await what(connection)
            await self._done(table, more)

    async def _next(self) -> tuple[_Table, Stage | bytes] | None:
        async with self.changed:
            await self.changed.wait_for(lambda: self.steps or not self._is_open())
            return self.steps.popleft() if self.steps else None

    def _is_open(self) -> bool:
        return any(table.open or table.left for table in self.tables)

    async def _done(self, table: _Table, more: list[bytes]) -> None:
        async with self.changed:
            table.open += len(more) - 1
            # What was begun goes before what was not: a table gives its disk back when it is done.
            self.steps.extendleft((table, statement) for statement in reversed(more))
            if table.open == 0 and table.left:
                self.begin(table)
            self.changed.notify_all()

    def begin(self, table: _Table) -> None:
        table.open = 1
        self.steps.appendleft((table, table.left.popleft()))


async def settle_all(connections: Sequence[AsyncConnection], settlings: Sequence[Settling]) -> None:
    """In their order, as far as somebody is free."""
    work = _Work(tables=[_Table(deque(stages(settling))) for settling in settlings])
    for table in reversed(work.tables):
        work.begin(table)
    await all_of([work.by(connection) for connection in connections])
