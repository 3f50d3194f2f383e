"""What a run tells the log, however often it must be tried, and what it asks until it is answered.

A bus or a command process that is away holds a run up; it never ends one."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from services.scheduler.executions.case import ExecutionCase
from services.scheduler.ship import Shipper
from services.scheduler.speak import AWAY, Refused, Speaker
from shared.domain.execution.commands import AdvanceExecution, ConcludeExecution, Stage
from shared.domain.rejections import Conflicting
from shared.queries.executions import GetWork, WorkDocument

log = logging.getLogger(__name__)

PAUSE_FIRST, PAUSE_MAX = 0.2, 5.0
T = TypeVar("T")


class Superseded(Exception):
    """It is over for the log: whatever is done for it is in vain."""


@dataclass(slots=True, kw_only=True)
class Voice:
    speaker: Speaker
    shipper: Shipper

    async def work(self, case: ExecutionCase) -> WorkDocument:
        question = GetWork(execution_id=case.item.id)

        async def ask() -> WorkDocument:
            return await self.speaker.ask(question, WorkDocument, after=case.position)

        return await self.insist(ask)

    async def advance(
        self, case: ExecutionCase, stage: Stage, commit: str = "", node: str = ""
    ) -> None:
        command = AdvanceExecution(execution_id=case.item.id, stage=stage, commit=commit, node=node)
        await self._tell(case, command)

    async def conclude(self, case: ExecutionCase, command: ConcludeExecution) -> None:
        await self._tell(case, command)

    def line(self, case: ExecutionCase, message: str) -> None:
        """For who reads the output: what is done for it."""
        item = case.item
        for text in message.splitlines() or [""]:
            self.shipper.say(item.id, item.project_id or "", item.id, text)

    async def flush(self, case: ExecutionCase) -> None:
        """All lines are where they are read from; then the end may be told."""

        async def flush() -> None:
            await self.shipper.say_rest()
            if case.seen is not None:
                await self.shipper.flush(case.seen)

        await self.insist(flush)

    async def _tell(self, case: ExecutionCase, command: Any) -> None:
        async def tell() -> int:
            return await self.speaker.tell(command)

        try:
            position = await self.insist(tell)
        except Refused as refused:
            if isinstance(refused.rejection, Conflicting):
                raise Superseded from refused
            raise
        case.position = max(case.position, position)

    async def insist(self, work: Callable[[], Awaitable[T]]) -> T:
        pause = PAUSE_FIRST
        while True:
            try:
                return await work()
            except AWAY as error:
                log.warning("execution_waits", extra={"error": repr(error)[:200]})
            await asyncio.sleep(pause)
            pause = min(pause * 2, PAUSE_MAX)
