"""Who leads: one process per name, by an advisory lock of a connection that does nothing else.

The lock is lost with the connection, which the one who lost it may notice late. What makes that
harmless is the epoch: every commit of a leader carries it and es.append refuses an old one.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import AsyncConnection

HEARTBEAT_SECONDS = 1.0
CALL_SECONDS = 3.0
RETRY_SECONDS = 1.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    epoch: int
    lost: asyncio.Event


Lead = Callable[[Term], Coroutine[Any, Any, None]]


class Leader:
    """Runs `lead(term)` whenever this process leads `name`, and cancels it when it no longer
    does; `term.lost` is set first. `holder` is what people read in es.leader_epoch."""

    def __init__(self, dsn: str, *, name: str, holder: str) -> None:
        self._dsn = dsn
        self._name = name
        self._holder = holder

    async def run(self, lead: Lead) -> None:
        """For ever, until cancelled or until `lead` itself raises or returns."""
        while True:
            ended = None
            try:
                ended = await self._one_term(lead)
            except (psycopg.Error, TimeoutError) as error:
                log.warning(
                    "leadership_unsure", extra={"name_led": self._name, "error": str(error)}
                )
            if ended is not None:
                return ended.result()
            await asyncio.sleep(RETRY_SECONDS)

    async def _one_term(self, lead: Lead) -> asyncio.Task[None] | None:
        """Answers `lead`'s task when that ended by itself."""
        async with asyncio.timeout(CALL_SECONDS):
            connection = await AsyncConnection.connect(
                self._dsn, autocommit=True, application_name=f"leader-{self._name}"
            )
        try:
            epoch = await self._ask(connection, "select es.lead(%s, %s)", self._holder)
            if epoch is None:
                return None
            return await self._lead(connection, int(epoch), lead)
        finally:
            # Closing gives the lock back, so the next leader need not wait for a time-out.
            await connection.close()

    async def _lead(
        self, connection: AsyncConnection, epoch: int, lead: Lead
    ) -> asyncio.Task[None] | None:
        term = Term(epoch=epoch, lost=asyncio.Event())
        log.info("leadership_taken", extra={"name_led": self._name, "epoch": epoch})
        work = asyncio.create_task(lead(term), name=f"leading-{self._name}")
        try:
            while not work.done():
                await asyncio.wait((work,), timeout=HEARTBEAT_SECONDS)
                if work.done():
                    return work
                if not await self._ask(connection, "select es.leads(%s, %s)", epoch):
                    return None
            return work
        finally:
            if not work.done():
                log.warning("leadership_lost", extra={"name_led": self._name, "epoch": epoch})
            term.lost.set()
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    async def _ask(
        self, connection: AsyncConnection, statement: str, argument: str | int
    ) -> int | bool | None:
        async with asyncio.timeout(CALL_SECONDS):
            cursor = await connection.execute(statement, (self._name, argument))
            row: tuple[int | bool | None] | None = await cursor.fetchone()
        return None if row is None else row[0]
