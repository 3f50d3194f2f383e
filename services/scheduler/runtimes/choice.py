"""Several engines as one: what a deployment is decides which of them prepares and runs it.

Images run as containers, repositories as processes, or, with a Dockerfile and nothing that names a
line to run, as containers. A container engine may come, go and come back; processes do not notice.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from services.scheduler.runtimes.container.build import has_dockerfile
from services.scheduler.runtimes.container.client import EngineAway, EngineRefused, EngineUnusable
from services.scheduler.runtimes.container.opening import open_container_runtime, sockets
from services.scheduler.runtimes.container.runtime import ContainerRuntime
from services.scheduler.runtimes.container.settings import ContainerSettings
from services.scheduler.runtimes.interface import (
    BuildSpec,
    Capabilities,
    LogPage,
    Observed,
    PreparationFailed,
    Prepared,
    ReplicaSpec,
    StartFailed,
)
from services.scheduler.runtimes.process.convention import is_named
from services.scheduler.runtimes.process.runtime import ProcessRuntime

_log = logging.getLogger(__name__)
LOOK_SECONDS = 10.0
_NONE = "no container engine answers"


@dataclass(slots=True, kw_only=True)
class Runtimes:
    """Implements `interface.Runtime`. `engine` is the setting: `auto`, `off` or a socket."""

    process: ProcessRuntime
    settings: ContainerSettings
    engine: str
    containers: ContainerRuntime | None = None
    why_none: str = _NONE
    name: str = "engines"
    _looking: asyncio.Task[None] | None = None
    _looked_at: float = field(default=-LOOK_SECONDS)

    @property
    def capabilities(self) -> Capabilities:
        inner = self.containers.capabilities if self.containers is not None else None
        process = self.process.capabilities
        names = ("process",) if inner is None else ("process", "container")
        return Capabilities(
            isolated=process.isolated,
            images=inner is not None,
            why_not=process.why_not,
            runtimes=names,
        )

    @property
    def words(self) -> str:
        """What runs containers here, or why nothing does; for operators."""
        if self.containers is None:
            return self.why_none
        product = self.containers.client.product
        return f"{product}, away" if self.containers.is_away else product

    async def look(self) -> None:
        """For an engine, where none was found yet."""
        self._looked_at = time.monotonic()
        places = sockets(self.engine)
        if not places:
            self.why_none = "containers are off (by its setting)"
        for place in places:
            if self.containers is None and await asyncio.to_thread(place.exists):
                await self._open(place)

    async def _open(self, place: Path) -> None:
        try:
            found = await open_container_runtime(self.settings, place)
        except (EngineAway, EngineRefused, EngineUnusable, OSError) as error:
            self._say_none(str(error))
            return
        can = found.capabilities
        if self.process.capabilities.isolated and not can.isolated:
            # Else everybody who may deploy here would get what only the admin may.
            self._say_none(f"{found.client.product} is not used: {can.why_not}")
            await found.close()
            return
        self.containers = found

    def _say_none(self, why: str) -> None:
        if why != self.why_none:
            _log.warning("container_engine_not_used", extra={"why": why})
        self.why_none = why

    async def prepare(
        self, build: BuildSpec, log: Callable[[str], None]
    ) -> Prepared | PreparationFailed:
        if build.image is not None or await asyncio.to_thread(self._is_for_containers, build):
            if self.containers is None:
                return PreparationFailed(reason=f"this needs a container engine: {self.why_none}")
            return await self.containers.prepare(build, log)
        return await self.process.prepare(build, log)

    def _is_for_containers(self, build: BuildSpec) -> bool:
        if build.runtime == "container":
            return True
        return (
            build.runtime != "process"
            and self.containers is not None
            and not is_named(build.checkout, build.command)
            and has_dockerfile(build.checkout)
        )

    async def discard(self, prepared: Prepared) -> None:
        if prepared.runtime == self.process.name:
            await self.process.discard(prepared)
        elif self.containers is not None:
            await self.containers.discard(prepared)

    async def start(self, spec: ReplicaSpec) -> Observed | StartFailed:
        if spec.prepared.runtime == self.process.name:
            return await self.process.start(spec)
        if self.containers is None:
            return StartFailed(reason=self.why_none)
        return await self.containers.start(spec)

    async def stop(self, replica_id: str, *, grace_seconds: float, force: bool = False) -> None:
        chosen = self._of(replica_id)
        await chosen.stop(replica_id, grace_seconds=grace_seconds, force=force)

    async def list(self) -> "list[Observed]":
        if self.containers is None:
            self._look_again()
            return await self.process.list()
        found = await asyncio.gather(self.process.list(), self.containers.list())
        return [one for engine in found for one in engine]

    async def forget(self, replica_id: str) -> None:
        await self._of(replica_id).forget(replica_id)

    async def lines(self, replica_id: str, *, after: int = 0, limit: int = 1000) -> LogPage:
        return await self._of(replica_id).lines(replica_id, after=after, limit=limit)

    async def close(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        if self.containers is not None:
            await self.containers.close()
        await self.process.close()

    def _look_again(self) -> None:
        is_busy = self._looking is not None and not self._looking.done()
        if is_busy or time.monotonic() - self._looked_at < LOOK_SECONDS or self.engine == "off":
            return
        self._looking = asyncio.create_task(self.look())

    def _of(self, replica_id: str) -> ProcessRuntime | ContainerRuntime:
        if self.containers is not None and self.containers.knows(replica_id):
            return self.containers
        return self.process
