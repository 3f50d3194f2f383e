"""Transitions on their way to the log: told until answered, the last word of each replica wins.

Bounded: what does not fit is dropped, and found again by the next full pass over the targets."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import nats.errors

from services.prober.address import ReplicaTarget
from services.prober.judge import Verdict
from shared.bus.broker import Unanswered
from shared.domain.rejections import Contended
from shared.domain.replica.commands import ReportReplicaHealth
from shared.envelope.messages import Accepted, Rejected
from shared.runtime.ids import new_command_id

log = logging.getLogger(__name__)

WAITING_MAX = 10_000
SENDERS = 8
PAUSE_FIRST = 0.2
PAUSE_MAX = 5.0

# (command, command id): sent again with the same id, it is decided once.
Send = Callable[[ReportReplicaHealth, str], Awaitable[Accepted | Rejected]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    command: ReportReplicaHealth
    command_id: str


class Reporter:
    def __init__(self, send: Send) -> None:
        self._send = send
        self._last: dict[str, Report] = {}
        self._queue: asyncio.Queue[str] = asyncio.Queue()

    def tell(self, target: ReplicaTarget, verdict: Verdict, age: float) -> None:
        replica_id = target.replica_id
        is_new = replica_id not in self._last
        if is_new and len(self._last) >= WAITING_MAX:
            log.error("report_dropped", extra={"replica_id": replica_id})
            return
        command = ReportReplicaHealth(
            replica_id=replica_id,
            project_id=target.project_id,
            ready=verdict.ready,
            reason=verdict.reason,
            duration_ms=round(age * 1000) if verdict.ready else 0,
        )
        self._last[replica_id] = Report(command=command, command_id=new_command_id())
        if is_new:
            self._queue.put_nowait(replica_id)

    def is_waiting(self, replica_id: str) -> bool:
        return replica_id in self._last

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(SENDERS):
                group.create_task(self._work())

    async def _work(self) -> None:
        while True:
            replica_id = await self._queue.get()
            pause = PAUSE_FIRST
            # The replica stays ours until its last word is answered, so words never overtake.
            while not await self._is_answered(self._last[replica_id]):
                await asyncio.sleep(pause)
                pause = min(pause * 2, PAUSE_MAX)

    async def _is_answered(self, report: Report) -> bool:
        """True once it needs no more of us: then a newer word, if there is one, is the next."""
        command = report.command
        fields = {"replica_id": command.replica_id, "ready": command.ready}
        try:
            reply = await self._send(command, report.command_id)
        except (Unanswered, nats.errors.Error, OSError) as error:
            log.warning("report_unanswered", extra={**fields, "error": str(error)[:200]})
            return False
        if isinstance(reply, Rejected):
            log.warning("report_rejected", extra={**fields, "rejection": repr(reply.rejection)})
            if isinstance(reply.rejection, Contended):
                return False
        else:
            log.info(
                "health_told",
                extra={**fields, "reason": command.reason, "position": reply.position},
            )
        if self._last[command.replica_id] is not report:
            self._queue.put_nowait(command.replica_id)
            return True
        del self._last[command.replica_id]
        return True
