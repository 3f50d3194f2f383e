"""Looks at every service twice a minute, whatever was heard of it: what a crash or a lost message
hid is found here. A service that failed for good and runs nothing is looked at now and then only.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from services.scheduler.act import Hands
from services.scheduler.case import Case
from services.scheduler.sightings import Sightings
from services.scheduler.speak import AWAY, Refused, Speaker
from services.scheduler.tidy import tidy
from shared.bus.broker import Bus
from shared.queries.services import IdList, ListWantedIds

log = logging.getLogger(__name__)

RESYNC_SECONDS = 30.0
WHOLE_EVERY = 10
RETRY_SECONDS = 1.0
PAGE = 1000


@dataclass(slots=True, kw_only=True)
class FullPasses:
    """`look_at` queues a look with a new picture. `is_settled` once everything was looked at."""

    bus: Bus
    speaker: Speaker
    hands: Hands
    sightings: Sightings
    cases: dict[str, Case]
    look_at: Callable[[str], None]
    is_settled: bool = False

    async def run(self) -> None:
        pause, count = 0.0, 0
        while True:
            with suppress(TimeoutError):  # The usual way: time has passed.
                async with asyncio.timeout(pause):
                    await self.bus.reconnected.wait()
            whole = self.bus.reconnected.is_set() or count % WHOLE_EVERY == 0
            self.bus.reconnected.clear()
            try:
                await self.look(whole=whole)
                spread = random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, guards nothing
                pause, count = RESYNC_SECONDS * spread, count + 1
            except (Refused, *AWAY) as error:
                log.warning("resync_failed", extra={"error": repr(error)[:200]})
                pause, count = RETRY_SECONDS, 0

    async def look(self, *, whole: bool = True) -> None:
        """Everything that is wanted, everything that runs, everything that is routed. Who has
        failed for good and runs nothing is looked at in every tenth pass only."""
        after = ""
        while True:
            question = ListWantedIds(after_id=after, limit=PAGE, resting=whole)
            ids = (await self.speaker.ask(question, IdList)).ids
            for service_id in ids:
                self.look_at(service_id)
            if len(ids) < PAGE:
                break
            after = ids[-1]
        for one in await self.sightings.fresh():
            self.look_at(one.labels.service_id)
        states = ("live", "down") if whole else ("live",)
        for case in list(self.cases.values()):
            if case.memory.table is None or case.memory.table.state in states:
                self.look_at(case.service_id)
        await self._check_bucket()
        if self.is_settled:
            await tidy(self.hands.sources, list(self.cases.values()), self.sightings.latest)
        self.is_settled = True

    async def _check_bucket(self) -> None:
        published = [case for case in self.cases.values() if case.memory.table is not None]
        if await self.hands.tables.count() >= len(published):
            return
        log.error("routes_bucket_incomplete", extra={"published": len(published)})
        for case in published:
            table = case.memory.table
            if table is not None:
                case.memory.table = await self.hands.tables.publish(table)
