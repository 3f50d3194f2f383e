"""Transitions on their way to the log: told until answered, the last word of each target wins.

Bounded: what does not fit is dropped, and found again by the next full pass over the targets."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic

import nats.errors

from services.prober.judge import Verdict
from services.prober.rounds import T
from shared.bus.broker import Unanswered
from shared.domain.rejections import Contended
from shared.envelope.messages import Accepted, Rejected
from shared.runtime.ids import new_command_id

log = logging.getLogger(__name__)

WAITING_MAX = 10_000
SENDERS = 8
PAUSE_FIRST = 0.2
PAUSE_MAX = 5.0

# (command, command id): sent again with the same id, it is decided once.
Send = Callable[[Any, str], Awaitable[Accepted | Rejected]]
# (target, verdict, the target's age in seconds)
CommandOf = Callable[[T, Verdict, float], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    key: str
    verdict: Verdict
    command: Any
    command_id: str


class Reporter(Generic[T]):
    def __init__(self, send: Send, command_of: CommandOf[T]) -> None:
        self._send = send
        self._command_of = command_of
        self._last: dict[str, Report] = {}
        self._queue: asyncio.Queue[str] = asyncio.Queue()

    def tell(self, target: T, verdict: Verdict, age: float) -> None:
        key = target.key
        is_new = key not in self._last
        if is_new and len(self._last) >= WAITING_MAX:
            log.error("report_dropped", extra={"target": key})
            return
        self._last[key] = Report(
            key=key,
            verdict=verdict,
            command=self._command_of(target, verdict, age),
            command_id=new_command_id(),
        )
        if is_new:
            self._queue.put_nowait(key)

    def is_waiting(self, key: str) -> bool:
        return key in self._last

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(SENDERS):
                group.create_task(self._work())

    async def _work(self) -> None:
        while True:
            key = await self._queue.get()
            pause = PAUSE_FIRST
            # The target stays ours until its last word is answered, so words never overtake.
            while not await self._is_answered(self._last[key]):
                await asyncio.sleep(pause)
                pause = min(pause * 2, PAUSE_MAX)

    async def _is_answered(self, report: Report) -> bool:
        """True once it needs no more of us: then a newer word, if there is one, is the next."""
        fields = {
            "command": type(report.command).__name__,
            "target": report.key,
            "ready": report.verdict.ready,
        }
        try:
            reply = await self._send(report.command, report.command_id)
        except (Unanswered, nats.errors.Error, OSError) as error:
            log.warning("report_unanswered", extra={**fields, "error": str(error)[:200]})
            return False
        if isinstance(reply, Rejected):
            log.warning("report_rejected", extra={**fields, "rejection": repr(reply.rejection)})
            if isinstance(reply.rejection, Contended):
                return False
        else:
            said = {"reason": report.verdict.reason, "position": reply.position}
            log.info("health_told", extra={**fields, **said})
        if self._last[report.key] is not report:
            self._queue.put_nowait(report.key)
            return True
        del self._last[report.key]
        return True
