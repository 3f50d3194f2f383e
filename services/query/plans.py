"""Keeps the plans of a projection's statements fit for tables that grow from nothing.

A statement is planned once. Over an empty table all plans look alike, and the one chosen then
may read the whole of it; the server's own analysis comes a minute later, or in a bulk never."""

from collections.abc import Sequence

from psycopg import AsyncConnection, sql

from services.query.checkpoints import Version

FIRST, GROWTH = 200, 4


class Plans:
    """Analyses the tables when as many events more have come as make a difference. After `most`
    events the server's own analysis is enough."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._applied = 0
        self._next = FIRST

    async def grown(
        self, connection: AsyncConnection, versions: Sequence[Version], events: int
    ) -> None:
        self._applied += events
        if self._applied < self._next or self._next > self._most:
            return
        while self._next <= self._applied:
            self._next *= GROWTH
        for version in versions:
            for table in version.tables:
                statement = sql.SQL("analyze view.{}").format(sql.Identifier(table))
                await connection.execute(statement)
