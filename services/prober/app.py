"""The prober process: targets from query, probes to them, transitions to command.

Three kinds of targets: replicas, watched URLs, custom domains. Each part outlives its dependency:
without the bus the probes go on, and what they found is told when it is back."""

import asyncio
import logging
from typing import Any, Final

from services.prober.beats import Beats
from services.prober.dns_lookup import DnsLookup
from services.prober.domains import DOMAIN_PACE, CustomDomain, DomainFollower, DomainProver
from services.prober.kind import Kind, Surroundings, kind_of
from services.prober.measures import Meters
from services.prober.opinions import Opinions
from services.prober.plan import Pace
from services.prober.probe import probe
from services.prober.share import Share
from services.prober.targets import TargetFollower, health_command
from services.prober.watching import SLOTS, Looker, WatchFollower, pace_of, watch_command
from shared.bus.ask import ask, send_command
from shared.bus.broker import Bus
from shared.bus.subjects import PROBER_BEATS, events_of, health_subject, opinion_subject
from shared.envelope.messages import Accepted, Answered, Rejected
from shared.fetch import Fetcher, Policy
from shared.kernel import json
from shared.kernel.actor import process_actor
from shared.runtime.clock import SystemClock
from shared.runtime.health import HealthListener, Readiness
from shared.runtime.ids import IdSource
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
        self._clock = SystemClock()
        self._share = Share(IdSource(self._clock).new(), lease=settings.prober_lease_seconds)
        opinions = Opinions(self._bus, self._share)
        self._fetcher = Fetcher(Policy.of(settings.fetch_allow))
        around = Surroundings(
            share=self._share,
            opinions=opinions,
            meters=Meters(self._registry),
            clock=self._clock,
            send=self._send,
            ask=self._ask,
        )
        self._replicas = kind_of(
            "replica",
            around,
            pace=pace,
            probe=probe,
            command_of=health_command,
            follower=lambda rounds, reporter: TargetFollower(
                rounds=rounds, reporter=reporter, ask=self._ask, clock=self._clock
            ),
        )
        self._watches = kind_of(
            "url",
            around,
            pace=pace_of(settings.watch_seconds),
            probe=Looker(self._fetcher).probe,
            command_of=watch_command,
            slots=SLOTS,
            follower=lambda rounds, reporter: WatchFollower(
                rounds=rounds, reporter=reporter, ask=self._ask, clock=self._clock
            ),
        )
        self._domains = _domains(settings, around) if settings.domain_check == "on" else None
        kinds = (self._replicas, self._watches, self._domains)
        self._kinds: tuple[Kind[Any], ...] = tuple(kind for kind in kinds if kind is not None)
        self._bells = {kind.name: asyncio.Event() for kind in self._kinds}
        self._opinions = opinions
        self._beats = Beats(
            self._bus,
            self._share,
            self._clock,
            lease=settings.prober_lease_seconds,
            is_looking=self._is_looking,
            changed=self._share_again,
        )
        number = settings.instance
        self.readiness = Readiness(PROCESS if number == 1 else f"{PROCESS}-{number}")
        self.readiness.add("bus", self._is_connected)
        self.readiness.add("targets", self._is_current)

    async def serve(self, shutdown: Shutdown) -> None:
        async with HealthListener(self._settings, self.readiness, self._registry):
            self._listen()
            tasks = [asyncio.create_task(kind.rounds.run()) for kind in self._kinds]
            tasks.append(asyncio.create_task(self._follow_bus()))
            try:
                await _until(shutdown, tasks)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                await self._leave()
                await self._fetcher.close()

    def _listen(self) -> None:
        for stream_type in ("replica", "service"):
            self._bus.follow(events_of(stream_type), self._replicas.follower.hear)
        for stream_type in ("watch", "service"):
            self._bus.follow(events_of(stream_type), self._watches.follower.hear)
        if self._domains is not None:
            for stream_type in ("custom_domain", "service"):
                self._bus.follow(events_of(stream_type), self._domains.follower.hear)
        self._bus.listen(PROBER_BEATS, self._beats.hear)
        self._bus.serve(opinion_subject(self._share.me), PROCESS, self._opinions.answer)
        self._bus.serve(health_subject(PROCESS), PROCESS, self._answer_health)

    async def _follow_bus(self) -> None:
        await self._bus.start()
        await self._beats.greet()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._beats.run())
            group.create_task(self._ring_reconnects())
            for kind in self._kinds:
                group.create_task(kind.follow(self._bells[kind.name]))

    async def _ring_reconnects(self) -> None:
        while True:
            await self._bus.reconnected.wait()
            self._bus.reconnected.clear()
            for bell in self._bells.values():
                bell.set()

    def _share_again(self) -> None:
        for kind in self._kinds:
            kind.rounds.share_again()

    async def _send(self, command: Any, command_id: str) -> Accepted | Rejected:
        return await send_command(
            self._bus,
            command,
            actor=ACTOR,
            seconds=self._settings.command_seconds,
            command_id=command_id,
        )

    async def _ask(self, question: Any, after: int) -> Answered | Rejected:
        seconds = self._settings.question_seconds
        return await ask(self._bus, question, asker=ACTOR, seconds=seconds, after=after)

    def _is_looking(self) -> bool:
        return all(kind.follower.is_current for kind in self._kinds)

    async def _is_connected(self) -> str | None:
        return None if self._bus.is_connected else "not connected"

    async def _is_current(self) -> str | None:
        suspects = [kind.name for kind in self._kinds if kind.rounds.is_suspect]
        self.readiness.tell("suspect", ", ".join(suspects) or "false")
        self.readiness.tell("probers", str(len(self._share.members)))
        for kind in self._kinds:
            self.readiness.tell(f"{kind.name}s", str(kind.rounds.share))
        return None if self._is_looking() else "the targets have not been read lately"

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
                async with asyncio.timeout(STOP_SECONDS):
                    await self._beats.leave()
                    await self._bus.stop()
            except TimeoutError:
                log.warning("bus_not_left", extra={"seconds": STOP_SECONDS})


def _domains(settings: Settings, around: Surroundings) -> Kind[CustomDomain]:
    servers = tuple(part.strip() for part in settings.dns_servers.split(",") if part.strip())
    prover = DomainProver(DnsLookup(servers))
    return kind_of(
        "domain",
        around,
        pace=DOMAIN_PACE,
        probe=prover.probe,
        command_of=prover.command_of,
        follower=lambda rounds, reporter: DomainFollower(
            rounds=rounds,
            reporter=reporter,
            ask=around.ask,
            clock=around.clock,
            suffix=settings.service_suffix,
        ),
        needs_second=False,
    )


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
