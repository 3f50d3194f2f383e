"""The prober process: targets from query, probes to the replicas, transitions to command.

Each part outlives its dependency: without the bus the probes go on, and what they found is told
when it is back."""

import asyncio
import logging
from typing import Final

from services.prober.measures import Measures
from services.prober.plan import Pace
from services.prober.probe import probe
from services.prober.reports import Reporter
from services.prober.rounds import Rounds
from services.prober.targets import TargetFollower
from shared.bus.ask import ask, send_command
from shared.bus.broker import Bus
from shared.bus.subjects import events_of, health_subject
from shared.domain.replica.commands import ReportReplicaHealth
from shared.envelope.messages import Accepted, Answered, Rejected
from shared.kernel import json
from shared.kernel.actor import process_actor
from shared.queries.services import ListProbeTargets
from shared.runtime.clock import SystemClock
from shared.runtime.health import HealthListener, Readiness
from shared.runtime.metrics import new_registry
from shared.runtime.settings import Settings
from shared.runtime.shutdown import Shutdown

log = logging.getLogger(__name__)

PROCESS: Final = "prober"
ACTOR = process_actor(PROCESS)
STOP_SECONDS = 5.0


class Prober:
    def __init__(self, settings: Settings, pace: Pace) -> None:
        self._settings = settings
        self._registry = new_registry(PROCESS)
        self._bus = Bus(settings, PROCESS)
        self._reporter = Reporter(self._send)
        clock = SystemClock()
        self._rounds = Rounds(
            pace=pace,
            clock=clock,
            probe=probe,
            tell=self._reporter.tell,
            measures=Measures(self._registry),
        )
        self._targets = TargetFollower(
            rounds=self._rounds, reporter=self._reporter, ask=self._ask, clock=clock
        )
        self.readiness = Readiness(PROCESS)
        self.readiness.add("bus", self._is_connected)
        self.readiness.add("targets", self._is_current)

    async def serve(self, shutdown: Shutdown) -> None:
        async with HealthListener(self._settings, self.readiness, self._registry):
            for stream_type in ("replica", "service"):
                self._bus.listen(events_of(stream_type), self._targets.hear)
            self._bus.serve(health_subject(PROCESS), PROCESS, self._answer_health)
            tasks = [
                asyncio.create_task(self._rounds.run()),
                asyncio.create_task(self._follow_bus()),
            ]
            try:
                await _until(shutdown, tasks)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                await self._leave()

    async def _follow_bus(self) -> None:
        await self._bus.start()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._targets.run(self._bus.reconnected))
            group.create_task(self._reporter.run())

    async def _send(self, command: ReportReplicaHealth, command_id: str) -> Accepted | Rejected:
        return await send_command(
            self._bus,
            command,
            actor=ACTOR,
            seconds=self._settings.command_seconds,
            command_id=command_id,
        )

    async def _ask(self, question: ListProbeTargets, after: int) -> Answered | Rejected:
        seconds = self._settings.question_seconds
        return await ask(self._bus, question, asker=ACTOR, seconds=seconds, after=after)

    async def _is_connected(self) -> str | None:
        return None if self._bus.is_connected else "not connected"

    async def _is_current(self) -> str | None:
        self.readiness.tell("suspect", str(self._rounds.is_suspect).lower())
        self.readiness.tell("targets", str(len(self._rounds.watched())))
        return None if self._targets.is_current else "the targets have not been read lately"

    async def _answer_health(self, _subject: str, _body: bytes, _headers: dict[str, str]) -> bytes:
        document = await self.readiness.document()
        checks = document["checks"]
        failing = (
            [f"{name}: {said}" for name, said in checks.items() if said != "ok"]
            if isinstance(checks, dict)
            else []
        )
        return json.dumps({**document, "why": "; ".join(failing)}).encode()

    async def _leave(self) -> None:
        if self._bus.is_connected:
            try:
                await asyncio.wait_for(self._bus.stop(), STOP_SECONDS)
            except TimeoutError:
                log.warning("bus_not_left", extra={"seconds": STOP_SECONDS})


async def _until(shutdown: Shutdown, tasks: list[asyncio.Task[None]]) -> None:
    """Until asked to stop. A task that ended is a bug: raise it, and be started anew."""
    asked = asyncio.create_task(shutdown.wait())
    done, _ = await asyncio.wait({asked, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    for task in done - {asked}:
        task.result()


async def main(settings: Settings, shutdown: Shutdown) -> None:
    pace = Pace(startup_deadline=settings.startup_seconds)
    await Prober(settings, pace).serve(shutdown)
