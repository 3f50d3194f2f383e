"""What running containers use: processor, memory, and disk, whose limit an engine cannot keep.

A container that wrote more than it may is killed, with the reason beside it for its exit."""

import asyncio
import logging
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.scheduler.runtimes.container.client import Client, EngineAway, EngineRefused
from services.scheduler.runtimes.container.identity import Installation
from services.scheduler.runtimes.container.observing import ENDED, Usage, usage_of
from services.scheduler.runtimes.process.keeper import records

_log = logging.getLogger(__name__)
_ASKS_MAX = 8
OVER_DISK = "wrote more than its disk limit"


@dataclass(slots=True, kw_only=True)
class Sampling:
    client: Client
    installation: Installation
    every_seconds: float
    disk_bytes_max: int
    replicas: Path
    usage: dict[str, Usage] = field(default_factory=dict)
    _asks: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_ASKS_MAX))
    _task: asyncio.Task[None] | None = None
    _at: float = 0.0

    def look(self, running: dict[str, str]) -> None:
        """Replica to container. Begins a round beside, if its time has come."""
        is_busy = self._task is not None and not self._task.done()
        if is_busy or not running or time.monotonic() - self._at < self.every_seconds:
            return
        self._at = time.monotonic()
        self._task = asyncio.create_task(self._round(running))

    def forget(self, replica_id: str) -> None:
        self.usage.pop(replica_id, None)

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _round(self, running: dict[str, str]) -> None:
        try:
            await asyncio.gather(*(self._sample(*pair) for pair in running.items()))
            await self._check_disks({container: one for one, container in running.items()})
        except (EngineAway, EngineRefused) as error:
            _log.info("containers_not_sampled", extra={"error": str(error)[:200]})

    async def _sample(self, replica_id: str, container: str) -> None:
        async with self._asks:
            try:
                statistics = await self.client.get(
                    f"/containers/{container}/stats", stream=False, **{"one-shot": True}
                )
            except EngineRefused:
                return  # It ended while we asked.
        self.usage[replica_id] = usage_of(statistics)

    async def _check_disks(self, replicas: dict[str, str]) -> None:
        rows: list[dict[str, Any]] = await self.client.get(
            "/containers/json", size=True, filters={"label": [self.installation.label]}
        )
        for row in rows:
            replica_id = replicas.get(str(row["Id"]))
            if replica_id is None or int(row.get("SizeRw") or 0) <= self.disk_bytes_max:
                continue
            _log.info("replica_over_disk", extra={"replica": replica_id})
            records.write(os.fspath(self.replicas / replica_id), ENDED, {"detail": OVER_DISK})
            try:
                await self.client.post(f"/containers/{row['Id']}/kill", signal="KILL")
            except EngineRefused as refused:
                _log.info("replica_over_already", extra={"error": refused.message[:200]})
