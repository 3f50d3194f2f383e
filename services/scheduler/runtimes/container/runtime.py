"""The engine itself: replicas as containers, labelled so that any later scheduler finds them.

Nothing that matters is kept in memory: the engine knows the containers, a folder per replica holds
its log and the marks of what was asked. While the engine is away, what was last seen stands.
"""

import asyncio
import logging
import os
import shutil
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, TypeVar

from services.scheduler.runtimes.container import context, creation, files, observing, words
from services.scheduler.runtimes.container.build import Builds
from services.scheduler.runtimes.container.client import Client, EngineAway, EngineRefused
from services.scheduler.runtimes.container.identity import Installation
from services.scheduler.runtimes.container.images import Images
from services.scheduler.runtimes.container.network import Network
from services.scheduler.runtimes.container.settings import ContainerSettings
from services.scheduler.runtimes.container.sight import Sight
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
from services.scheduler.runtimes.process.keeper import records
from services.scheduler.runtimes.process.replicas import is_replica_id

_log = logging.getLogger(__name__)
_KILL_SECONDS = 15.0
_PATIENCE_SECONDS = 30.0
_PAUSE = 0.3
_COPY_SECONDS = 300.0
_NOT_FOUND, _CONFLICT, _TOO_LARGE = 404, 409, 413
_ENGINE_AWAY = "the container engine does not answer"

Answer = TypeVar("Answer")


@dataclass(slots=True, kw_only=True)
class ContainerRuntime:
    """Implements `interface.Runtime`. Make it with `open_container_runtime`."""

    settings: ContainerSettings
    client: Client
    installation: Installation
    grants: creation.Grants
    capabilities: Capabilities
    images: Images
    builds: Builds
    network: Network
    sight: Sight
    name: str = "container"
    _starting: dict[str, asyncio.Lock] = field(default_factory=dict)

    @property
    def is_away(self) -> bool:
        return self.sight.is_away

    def knows(self, replica_id: str) -> bool:
        return is_replica_id(replica_id) and self._folder(replica_id).is_dir()

    async def prepare(
        self, build: BuildSpec, log: Callable[[str], None]
    ) -> Prepared | PreparationFailed:
        async def get() -> dict[str, Any] | PreparationFailed:
            if build.image is None:
                return await self.builds.get(build, log)
            return await self.images.get(
                build.image, build.deployment_id, fresh=build.fresh, log=log
            )

        try:
            found = await self._insist(get)
        except EngineAway:
            return PreparationFailed(reason=_ENGINE_AWAY)
        except EngineRefused as refused:
            return PreparationFailed(
                reason=f"the engine refused: {words.shortened(refused.message)}"
            )
        if isinstance(found, PreparationFailed):
            return found
        command = ("/bin/sh", "-c", build.command) if build.command else ()
        how = f"image {build.image}" if build.image is not None else "Dockerfile"
        return Prepared(command=command, how=how, image=str(found["Id"]), runtime=self.name)

    async def discard(self, prepared: Prepared) -> None:
        if prepared.image is not None:
            await self.images.drop(prepared.image)

    async def start(self, spec: ReplicaSpec) -> Observed | StartFailed:
        if not is_replica_id(spec.replica_id) or spec.prepared.image is None:
            return StartFailed(reason="not a replica of an image")
        lock = self._starting.setdefault(spec.replica_id, asyncio.Lock())
        async with lock:
            try:
                return await self._insist(lambda: self._start(spec))
            except (EngineAway, TimeoutError):
                return StartFailed(reason=_ENGINE_AWAY)
            except EngineRefused as refused:
                await self.sight.remove(spec.replica_id)
                await asyncio.to_thread(shutil.rmtree, self._folder(spec.replica_id), True)
                _log.warning(
                    "replica_start_failed",
                    extra={"replica": spec.replica_id, "error": str(refused)},
                )
                return StartFailed(reason=words.of_start(refused.message))
            finally:
                self._starting.pop(spec.replica_id, None)

    async def _start(self, spec: ReplicaSpec) -> Observed:
        folder = self._folder(spec.replica_id)
        known = await self.sight.inspect(spec.replica_id)
        if known is None:
            await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
            await self._create(spec)
            known = await self.sight.inspect(spec.replica_id)
        if known is not None and known["State"].get("Status") in ("created", "configured"):
            await self._fill(spec)
            await self._run(spec)
            known = await self.sight.inspect(spec.replica_id)
        seen = self.sight.observed(known) if known is not None else None
        if known is None or seen is None:
            raise EngineRefused(_NOT_FOUND, "the container vanished while it was started")
        await asyncio.to_thread(observing.remember, folder, seen)
        self.sight.follow(seen.replica_id, str(known["Id"]))
        _log.info(
            "replica_started",
            extra={"replica": spec.replica_id, "pid": seen.pid, "state": seen.state},
        )
        return seen

    async def _create(self, spec: ReplicaSpec) -> None:
        await self.network.ensure()
        image = await self.images.find(str(spec.prepared.image))
        if image is None:
            raise EngineRefused(_NOT_FOUND, "its image is gone")
        body = creation.container(spec, image, self.grants, self.settings, self.installation)
        try:
            await self.client.post(
                "/containers/create",
                body,
                seconds=self.settings.start_seconds_max,
                name=self.installation.container(spec.replica_id),
            )
        except EngineRefused as refused:
            if refused.status != _CONFLICT:
                raise
            _log.info("replica_there_already", extra={"replica": spec.replica_id})

    async def _run(self, spec: ReplicaSpec) -> None:
        path = f"/containers/{self.installation.container(spec.replica_id)}/start"
        try:
            await self.client.post(path, seconds=self.settings.start_seconds_max)
        except EngineRefused as refused:
            if not self.grants.has_init or "init" not in refused.message.lower():
                raise
            # An engine installed without its small first process: the app is the first, then.
            _log.info("engine_without_init", extra={"error": refused.message[:200]})
            self.grants = creation.without_init(self.grants)
            await self.sight.remove(spec.replica_id)
            await self._create(spec)
            await self._fill(spec)
            await self.client.post(path, seconds=self.settings.start_seconds_max)

    async def _fill(self, spec: ReplicaSpec) -> None:
        """Its files, in a container that has not begun."""
        if spec.files is None:
            return
        image = await self.images.find(str(spec.prepared.image)) or {}
        owner = creation.owner(spec, image, self.settings, self.installation)
        with await asyncio.to_thread(files.packed, spec.files, owner, self.settings.root) as packed:
            async with asyncio.timeout(_COPY_SECONDS):
                await self.client.send(
                    f"/containers/{self.installation.container(spec.replica_id)}/archive",
                    context.chunks(packed),
                    path="/",
                )

    async def fetch(self, replica_id: str, place: str, folder: Path) -> tuple[str, ...]:
        """What lies at a place of an ended container, into a new folder; answers what was no file,
        folder or harmless link and was left out. Raises OSError where it cannot be had."""
        container = self.installation.container(replica_id)

        async def fetch() -> tuple[str, ...]:
            with TemporaryFile(dir=self.settings.root) as packed:
                async with (
                    asyncio.timeout(_COPY_SECONDS),
                    self.client.stream(
                        "GET", f"/containers/{container}/archive", path=place
                    ) as chunks,
                ):
                    async for chunk in chunks:
                        if packed.tell() + len(chunk) > self.settings.disk_bytes_max * 2:
                            raise EngineRefused(_TOO_LARGE, "its files are too large")
                        await asyncio.to_thread(packed.write, chunk)
                packed.seek(0)
                await asyncio.to_thread(shutil.rmtree, folder, True)
                return await asyncio.to_thread(files.unpack, packed, folder)

        return await self._insist(fetch)

    async def stop(self, replica_id: str, *, grace_seconds: float, force: bool = False) -> None:
        folder = self._folder(replica_id)
        if not is_replica_id(replica_id) or not await asyncio.to_thread(folder.is_dir):
            return
        known = await self.sight.inspect(replica_id)
        if known is None or not known["State"].get("Running"):
            return
        await asyncio.to_thread(records.write, os.fspath(folder), observing.STOP, {"asked": True})
        grace = 0 if force else creation.grace(grace_seconds)
        path = f"/containers/{self.installation.container(replica_id)}"
        try:
            if force:
                # Podman answers when all is tidied up, which may take it 20 s.
                await self.client.post(f"{path}/kill", seconds=2 * _KILL_SECONDS, signal="KILL")
            else:
                await self.client.post(f"{path}/stop", seconds=grace + 2 * _KILL_SECONDS, t=grace)
        except EngineRefused as refused:
            if refused.status not in (_NOT_FOUND, _CONFLICT):
                raise
        await self._gone(replica_id, time.monotonic() + _KILL_SECONDS)

    async def _gone(self, replica_id: str, deadline: float) -> None:
        while time.monotonic() < deadline:
            known = await self.sight.inspect(replica_id)
            if known is None or not known["State"].get("Running"):
                return
            await asyncio.sleep(_PAUSE / 3)
        raise EngineAway(f"the engine has not ended {replica_id}")

    async def forget(self, replica_id: str) -> None:
        if not is_replica_id(replica_id):
            return
        known = await self.sight.inspect(replica_id)
        if known is not None and known["State"].get("Running"):
            _log.warning("replica_still_runs", extra={"replica": replica_id})
            return
        await self.sight.remove(replica_id)
        await self.sight.forget(replica_id)
        await asyncio.to_thread(shutil.rmtree, self._folder(replica_id), True)

    async def list(self) -> "list[Observed]":
        return await self.sight.list(frozenset(self._starting))

    async def list_with_lost(self) -> tuple[Observed, ...]:
        """Those too that were started and are in the engine no more: somebody removed them."""
        before = await asyncio.to_thread(observing.remembered, self.sight.replicas)
        starting = frozenset(self._starting)
        found = await self.list()
        known = starting | {one.replica_id for one in found}
        gone = [one for one in before if one.replica_id not in known]
        if self.is_away:
            return tuple(found)
        lost = (observing.lost(one) for one in gone if self.knows(one.replica_id))
        return (*found, *lost)

    async def lines(self, replica_id: str, *, after: int = 0, limit: int = 1000) -> LogPage:
        if not is_replica_id(replica_id):
            return LogPage(lines=(), cursor=after)
        return await self.sight.lines(replica_id, after, limit)

    async def close(self) -> None:
        """Replicas go on, with the engine; only our looking ends."""
        await self.sight.close()
        await self.client.close()

    def _folder(self, replica_id: str) -> Path:
        return self.sight.folder(replica_id)

    async def _insist(self, work: Callable[[], Awaitable[Answer]]) -> Answer:
        """An engine that restarts is waited for; the work is done from its beginning."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return await work()
            except EngineAway:
                if time.monotonic() > deadline:
                    raise
            await asyncio.sleep(_PAUSE)
