"""The sealer process put together: one of several seals at a time, the others stand by."""

import asyncio
import json
import logging
from collections.abc import Coroutine
from typing import Any

from services.sealer.audit import Auditor
from services.sealer.ledger import Ledger
from services.sealer.measures import Measures
from services.sealer.sealing import Sealing
from services.sealer.witness import Witness
from shared.bus.broker import Bus
from shared.bus.subjects import CHECKPOINTS, health_subject
from shared.eventstore.leader import Leader, Term
from shared.eventstore.reader import Reader
from shared.proof.checkpoint import Signer
from shared.runtime.clock import SystemClock
from shared.runtime.health import HealthListener, Readiness
from shared.runtime.metrics import new_registry
from shared.runtime.settings import Settings
from shared.runtime.shutdown import Shutdown

log = logging.getLogger(__name__)

POOL_MAX = 3
LEAVE_SECONDS = 3.0


async def main(settings: Settings, shutdown: Shutdown) -> None:
    signer = Signer.parse(settings.keys.checkpoint().reveal())
    clock, registry, readiness = SystemClock(), new_registry("sealer"), Readiness("sealer")
    measures = Measures(registry)
    dsn = settings.postgres_conninfo("sealer")
    async with HealthListener(settings, readiness, registry):
        reader = await Reader.open(dsn, pool_max=POOL_MAX)
        ledger = Ledger(reader)
        witness = Witness(settings.witness_file, signer.verifier)
        bus = Bus(settings, "sealer")

        async def tell(note: str) -> None:
            # At most once: the witness's file and es.block have it for whoever missed it.
            if bus.is_connected:
                await bus.publish(CHECKPOINTS, note.encode())

        sealing = Sealing(ledger, witness, signer, clock, measures, tell)
        auditor = Auditor(ledger, witness, signer.verifier, clock, measures)
        _wire(bus, readiness, ledger, sealing)
        await bus.start()

        async def lead(term: Term) -> None:
            async with asyncio.TaskGroup() as both:
                auditing = both.create_task(
                    auditor.run(shutdown, every_seconds=settings.audit_seconds), name="auditing"
                )
                await sealing.run(shutdown)
                auditing.cancel()

        await _serve(Leader(dsn, name="sealer", holder="sealer").run(lead), shutdown)
        await bus.stop()
        await reader.close()


def _wire(bus: Bus, readiness: Readiness, ledger: Ledger, sealing: Sealing) -> None:
    async def store_check() -> str | None:
        await ledger.last_seal()
        return None

    async def bus_check() -> str | None:
        return None if bus.is_connected else "not connected"

    async def seal_check() -> str | None:
        readiness.tell("sealed_to", str(sealing.position))
        readiness.tell("witness", sealing.witness_problem or "ok")
        return sealing.problem

    async def health(subject: str, body: bytes, headers: dict[str, str]) -> bytes:
        return json.dumps(await readiness.document()).encode()

    readiness.add("store", store_check)
    readiness.add("bus", bus_check)
    readiness.add("seal", seal_check)
    bus.serve(health_subject("sealer"), "sealer", health)


async def _serve(leading: Coroutine[Any, Any, None], shutdown: Shutdown) -> None:
    work = asyncio.create_task(leading, name="leading")
    asked = asyncio.create_task(shutdown.wait(), name="asked")
    await asyncio.wait({work, asked}, return_when=asyncio.FIRST_COMPLETED)
    # Time to seal what was appended last; what is left then is sealed at the next start.
    done, _ = await asyncio.wait({work}, timeout=LEAVE_SECONDS)
    for task in (work, asked):
        task.cancel()
    await asyncio.gather(work, asked, return_exceptions=True)
    if work in done:
        work.result()
