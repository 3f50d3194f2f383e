"""What replicas use of processor and memory, told every few seconds. Lost samples are just lost."""

import asyncio
import json
import logging
import os
from collections.abc import Callable

import nats.errors

from services.scheduler.placement import Need
from services.scheduler.runtimes.interface import Observed
from shared.bus.broker import Bus
from shared.bus.subjects import SAMPLES
from shared.kernel.time import format_rfc3339
from shared.runtime.clock import Clock

log = logging.getLogger(__name__)

EVERY_SECONDS = 5.0
BATCH = 500


async def tell_samples(
    bus: Bus,
    clock: Clock,
    listing: Callable[[], tuple[Observed, ...]],
    need_of: Callable[[str], Need],
    gpu_share: Callable[[Observed], float | None] = lambda _: None,
) -> None:
    """Ends only by cancellation. `gpu_share` is None where the machine has no GPU."""
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        alive = [one for one in listing() if one.exit is None]
        at = format_rfc3339(clock.now())
        for start in range(0, len(alive), BATCH):
            samples = [
                sample(one, need_of(one.labels.service_id), at, gpu_share)
                for one in alive[start : start + BATCH]
            ]
            try:
                await bus.publish(SAMPLES, json.dumps({"samples": samples}).encode())
            except (nats.errors.Error, OSError) as error:
                log.warning("samples_not_told", extra={"error": type(error).__name__})


def sample(
    one: Observed,
    need: Need,
    at: str,
    gpu_share: Callable[[Observed], float | None],
    cores: int = os.cpu_count() or 1,
) -> dict[str, object]:
    """A replica may ask for more processors than there are; it cannot use more."""
    return {
        "service_id": one.labels.service_id,
        "replica_id": one.replica_id,
        "at": at,
        "cpu_seconds": one.cpu_seconds,
        "memory_bytes": one.memory_bytes,
        "cpu_limit": min(need.cpu, float(cores)),
        "memory_limit": need.memory_bytes,
        "gpu_share": gpu_share(one) if need.gpus else None,
    }
