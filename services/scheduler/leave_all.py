"""The end of the whole stack: all replicas stop with it, and the log says so.

On the next start they are wanted as before and are started again.
"""

import asyncio
import logging
from dataclasses import replace

from services.scheduler.control import Control
from services.scheduler.model import RecordStopped
from services.scheduler.runtimes.interface import Observed
from services.scheduler.speak import AWAY, Fenced, Refused
from shared.queries.services import ReplicaDocument

log = logging.getLogger(__name__)

STOPS_MAX = 16


async def stop_everything(control: Control, *, seconds: float) -> None:
    """Within about that time; what cannot be told any more the next start finds out."""
    try:
        async with asyncio.timeout(seconds):
            await _stop_everything(control, grace=seconds / 3)
    except TimeoutError:
        log.error("replicas_stop_overdue", extra={"seconds": seconds})
    except (Fenced, Refused, *AWAY) as error:
        log.warning("replicas_stop_untold", extra={"error": repr(error)[:200]})


async def _stop_everything(control: Control, *, grace: float) -> None:
    grace = min(grace, control.limits.drain_seconds)
    places = asyncio.Semaphore(STOPS_MAX)

    async def stop(one: Observed) -> None:
        async with places:
            await control.hands.runtime.stop(one.replica_id, grace_seconds=grace)

    alive = [one for one in await control.sightings.fresh() if one.exit is None]
    log.info("replicas_stopping", extra={"count": len(alive)})
    await asyncio.gather(*(stop(one) for one in alive))
    ended = {one.replica_id: one for one in await control.sightings.fresh()}
    for case in control.cases.values():
        table = case.memory.table
        if table is not None and table.backends:
            # Else the edge, next time first on its feet, would lead requests to nobody.
            empty = replace(table, backends=())
            case.memory.table = await control.hands.tables.publish(empty)
        replicas = case.wanted.replicas if case.wanted is not None else ()
        for doc in replicas:
            if doc.id in ended:
                await control.hands.carry_out(case, (_stopped(doc, ended[doc.id]),))
    await control.hands.recorder.shipper.say_rest()


def _stopped(doc: ReplicaDocument, seen: Observed) -> RecordStopped:
    asked = seen.exit is not None and seen.exit.asked
    return RecordStopped(doc=doc, seen=seen, asked=asked, is_crash=False)
