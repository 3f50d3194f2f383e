"""How busy the replicas of a service are: their GPUs where this machine has some, else their
processors as the documented stand-in. Samples are kept by this leader only."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil

from services.scheduler.autoscale.gpu import Device, Gpus, busy
from services.scheduler.autoscale.utilization import Counters, Most, wanted
from services.scheduler.runtimes.interface import Observed
from shared.queries.services import WantedDocument, WorkloadDocument
from shared.runtime.clock import Clock

# Where a service with GPUs names no target: the default of Outpost's page.
TARGET_DEFAULT = 70


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    share: float
    of: str
    wants: int


@dataclass(slots=True, kw_only=True)
class UseOfReplicas:
    clock: Clock
    gpus: Gpus | None = field(default_factory=Gpus.open)
    cores: int = field(default_factory=lambda: os.cpu_count() or 1)
    descendants: Callable[[int], set[int]] = field(default_factory=lambda: _descendants)
    _devices: tuple[Device, ...] = ()
    _counters: Counters = field(default_factory=Counters)
    _most: dict[str, Most] = field(default_factory=dict)

    async def refresh(self, alive: set[str]) -> None:
        self._counters.keep(alive)
        if self.gpus is not None:
            self._devices = await asyncio.to_thread(self.gpus.devices)

    def of(self, document: WantedDocument, observed: tuple[Observed, ...]) -> Use | None:
        """None where the service scales by its traffic alone, or nothing was measured yet."""
        workload = document.service.workload if document.service is not None else None
        if workload is None or workload.gpu == "none":
            return None
        ready = {doc.id for doc in document.replicas if doc.state == "ready"}
        seen = [one for one in observed if one.replica_id in ready and one.exit is None]
        samples = [self._sample(one, workload) for one in seen]
        known = [sample for sample in samples if sample is not None]
        target = (workload.target_gpu_utilization or TARGET_DEFAULT) / 100.0
        count = wanted(samples, target)
        if count is None:
            return None
        most = self._most.setdefault(document.service_id, Most())
        return Use(
            share=sum(known) / len(known),
            of="GPU" if self._devices else "CPU",
            wants=most.of(self.clock.monotonic(), count),
        )

    def gpu_share(self, one: Observed) -> float | None:
        """None where this machine has no GPU; a replica that works on none uses none of it."""
        if not self._devices:
            return None
        return self._busy(one) or 0.0

    def keep(self, service_ids: set[str]) -> None:
        self._most = {key: one for key, one in self._most.items() if key in service_ids}

    def _sample(self, one: Observed, workload: WorkloadDocument) -> float | None:
        if self._devices:
            return self._busy(one)
        # A replica may ask for more processors than there are; it cannot use more.
        limit = float(min(workload.cpu, self.cores))
        return self._counters.share(one.replica_id, self.clock.monotonic(), one.cpu_seconds, limit)

    def _busy(self, one: Observed) -> float | None:
        return None if one.pid is None else busy(self._devices, one.pid, self.descendants)


def _descendants(pid: int) -> set[int]:
    try:
        return {child.pid for child in psutil.Process(pid).children(recursive=True)}
    except psutil.Error:
        return set()  # It ended while we looked.
