"""The callout process put together: it answers the NATS server, and looks after who is connected.

It never touches Postgres: rights are asked of the query process, which has them in memory."""

import asyncio
import logging
from typing import Final

from services.callout.admission import Admission
from services.callout.connections import Connections
from services.callout.consumers import Consumers
from services.callout.measures import Measures
from services.callout.sweep import Sweep
from shared.bus.broker import Bus
from shared.bus.nkey import AccountKey
from shared.bus.subjects import AUTHORIZATION, events_of, health_subject
from shared.kernel import json
from shared.runtime.clock import SystemClock
from shared.runtime.health import HealthListener, Readiness
from shared.runtime.metrics import new_registry
from shared.runtime.settings import Settings
from shared.runtime.shutdown import Shutdown

log = logging.getLogger(__name__)

PROCESS: Final = "callout"
STOP_SECONDS = 5.0
# What may take a right away.
HEARD = ("api_key", "grant", "principal", "subscription")


async def main(settings: Settings, shutdown: Shutdown) -> None:
    registry, readiness, clock = new_registry(PROCESS), Readiness(PROCESS), SystemClock()
    measures = Measures(registry)
    installation = settings.keys.installation()
    async with HealthListener(settings, readiness, registry):
        bus = Bus(settings, PROCESS)
        consumers = Consumers(bus, installation)
        admission = Admission(
            bus=bus,
            consumers=consumers,
            issuer=AccountKey.parse(settings.keys.nats_issuer().reveal()),
            installation=installation,
            clock=clock,
            measures=measures,
        )
        sweep = Sweep(
            bus=bus,
            connections=Connections(bus),
            consumers=consumers,
            clock=clock,
            measures=measures,
        )
        _wire(bus, readiness, admission, sweep)
        await _serve(bus, sweep, shutdown)


def _wire(bus: Bus, readiness: Readiness, admission: Admission, sweep: Sweep) -> None:
    async def bus_check() -> str | None:
        return None if bus.is_connected else "not connected"

    async def sweep_check() -> str | None:
        return None if sweep.is_current else "connections have not been looked at lately"

    async def health(_subject: str, _body: bytes, _headers: dict[str, str]) -> bytes:
        return json.dumps(await readiness.document()).encode()

    readiness.add("bus", bus_check)
    readiness.add("connections", sweep_check)
    bus.serve(AUTHORIZATION, PROCESS, admission.hear)
    bus.serve(health_subject(PROCESS), PROCESS, health)
    for stream_type in HEARD:
        bus.follow(events_of(stream_type), sweep.hear)


async def _serve(bus: Bus, sweep: Sweep, shutdown: Shutdown) -> None:
    async def work() -> None:
        await bus.start()
        await sweep.run()

    working = asyncio.create_task(work(), name="sweeping")
    asked = asyncio.create_task(shutdown.wait(), name="asked")
    done, _ = await asyncio.wait({working, asked}, return_when=asyncio.FIRST_COMPLETED)
    for task in (working, asked):
        task.cancel()
    await asyncio.gather(working, asked, return_exceptions=True)
    if bus.is_connected:
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await bus.stop()
        except TimeoutError:
            log.warning("bus_not_left", extra={"seconds": STOP_SECONDS})
    if working in done:
        working.result()
