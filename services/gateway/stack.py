"""Whether the whole stack serves: every process is asked over the bus, at most twice a second.

The scheduler's answer also says whether this machine can isolate tenants' code."""

import asyncio
import json
import logging

from services.gateway.refusals import Refused, Unavailable
from shared.bus.broker import Bus, Unanswered
from shared.bus.subjects import PROCESSES, health_subject
from shared.runtime.clock import Clock
from shared.runtime.health import Readiness

log = logging.getLogger(__name__)

KEPT_SECONDS = 0.5
ANSWER_SECONDS = 2.5

Document = dict[str, object]


class Stack:
    def __init__(self, bus: Bus, readiness: Readiness, clock: Clock) -> None:
        self._bus = bus
        self._readiness = readiness
        self._clock = clock
        self._kept: Document | None = None
        self._kept_at = 0.0
        self._asking: asyncio.Task[Document] | None = None
        self._isolated: bool | None = None

    async def document(self) -> Document:
        """`ready`, who is not, and each process's own answer."""
        if self._kept is not None and self._clock.monotonic() - self._kept_at < KEPT_SECONDS:
            return self._kept
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask_all())
        return await asyncio.shield(self._asking)

    async def isolates(self) -> bool:
        """As the scheduler said last; a machine does not change its mind while it restarts."""
        if self._isolated is None:
            await self.document()
        if self._isolated is None:
            raise Refused(
                Unavailable(message="The scheduler has not yet said whether it can isolate code.")
            )
        return self._isolated

    async def _ask_all(self) -> Document:
        others = [process for process in PROCESSES if process != self._readiness.process]
        own, *answers = await asyncio.gather(
            self._readiness.document(), *(self._ask(process) for process in others)
        )
        processes = dict(zip([self._readiness.process, *others], [own, *answers], strict=True))
        isolated = processes["scheduler"].get("isolated")
        if isinstance(isolated, bool):
            self._isolated = isolated
        waiting = sorted(n for n, answer in processes.items() if answer.get("ready") is not True)
        self._kept = {"ready": not waiting, "waiting_for": waiting, "processes": processes}
        self._kept_at = self._clock.monotonic()
        return self._kept

    async def _ask(self, process: str) -> Document:
        try:
            reply = await self._bus.request(health_subject(process), b"", seconds=ANSWER_SECONDS)
            document = json.loads(reply)
        except Unanswered as error:
            return _absent(process, str(error))
        except Exception as error:  # Whatever goes wrong here is the answer: it is not ready.
            log.warning("health_unread", extra={"of": process, "error": type(error).__name__})
            return _absent(process, type(error).__name__)
        return document if isinstance(document, dict) else _absent(process, "an unreadable answer")


def _absent(process: str, why: str) -> Document:
    return {"process": process, "ready": False, "checks": {"bus": why}}
