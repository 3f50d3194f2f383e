"""Partitions by day: made before anything needs them, dropped whole when their time is over."""

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

from services.query.asked import Rows
from services.query.statements import Statements
from shared.eventstore import EventStoreFailure
from shared.runtime.clock import Clock
from shared.runtime.shutdown import Shutdown

log = logging.getLogger(__name__)

DAYS_AHEAD = 2
PERIOD_SECONDS = 3600.0


class Partitions:
    """`days` says how long each table keeps what it gets, `bytes_max` how much some may take."""

    def __init__(
        self,
        database: Rows,
        statements: Statements,
        clock: Clock,
        days: Mapping[str, int],
        bytes_max: Mapping[str, int] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._days = days
        self._bytes_max = bytes_max or {}
        self._shrink = statements.write("shrink_partitions")
        self._make = statements.write("make_partition")
        self._drop = statements.write("drop_partitions")
        self._made: set[tuple[str, date]] = set()

    def holds(self, table: str, at: datetime) -> bool:
        """Whether a row of that time has a place: neither over already nor from the future."""
        today = self._today()
        oldest = today - timedelta(days=self._days[table] - 1)
        return oldest <= at.astimezone(UTC).date() <= today + timedelta(days=DAYS_AHEAD)

    async def make(self, table: str, days: Iterable[date]) -> None:
        for day in days:
            if (table, day) not in self._made:
                await self._database.rows(self._make, {"table": table, "day": day})
                self._made.add((table, day))

    async def keep(self) -> None:
        today = self._today()
        # Another process may have dropped a day for its size: what was made may be gone.
        self._made = {(name, day) for name, day in self._made if name not in self._bytes_max}
        for table, days in self._days.items():
            await self.make(table, [today + timedelta(days=n) for n in range(-1, DAYS_AHEAD + 1)])
            before = today - timedelta(days=days - 1)
            # Made again by a late row otherwise, which `holds` refuses from now on.
            self._made = {(name, day) for name, day in self._made if name != table or day >= before}
            rows = await self._database.rows(self._drop, {"table": table, "before": before})
            if dropped := int(rows[0][0]):
                log.info("partitions_dropped", extra={"table": table, "days": dropped})
        for table, most in self._bytes_max.items():
            row = {"table": table, "bytes": most, "today": today}
            if dropped := int((await self._database.rows(self._shrink, row))[0][0]):
                log.warning("partitions_over_size", extra={"table": table, "days": dropped})

    async def run(self, shutdown: Shutdown) -> None:
        while not shutdown.asked:
            try:
                await self.keep()
            except EventStoreFailure as error:
                log.warning("partitions_not_kept", extra={"error": type(error).__name__})
                await shutdown.wait_for(5.0)
                continue
            await shutdown.wait_for(PERIOD_SECONDS)

    def _today(self) -> date:
        return self._clock.now().astimezone(UTC).date()
