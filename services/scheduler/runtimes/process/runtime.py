"""The engine itself: replicas as local processes, each with a keeper that outlives the scheduler.

It keeps nothing in memory that matters: every answer comes from the replicas' folders and from
/proc, so a scheduler that starts again sees what the last one started.
"""

import asyncio
import hashlib
import logging
import os
import shutil
import socket
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from services.scheduler.runtimes.interface import (
    BuildSpec,
    Capabilities,
    Labels,
    LogPage,
    Observed,
    PreparationFailed,
    Prepared,
    ReplicaSpec,
    StartFailed,
)
from services.scheduler.runtimes.process import places, replicas
from services.scheduler.runtimes.process.enclosures import Enclosure, Program, base_environment
from services.scheduler.runtimes.process.identity import Identities
from services.scheduler.runtimes.process.keepers import launch
from services.scheduler.runtimes.process.prepare import Preparation
from services.scheduler.runtimes.process.probe import find_enclosure
from services.scheduler.runtimes.process.sandbox import APP, ENVIRONMENT, Mount
from services.scheduler.runtimes.process.settings import ProcessSettings

_log = logging.getLogger(__name__)
_POLL_SECONDS = 0.02
_KILL_SECONDS = 10.0
_NO_END = 10.0 * 365 * 86400


async def open_process_runtime(settings: ProcessSettings) -> "ProcessRuntime":
    """Makes the folders and tries what this machine can isolate. Raises IsolationRequired if that
    must be and is not.
    """
    root = settings.root.resolve()
    await asyncio.to_thread(places.make_root, root)
    shims = await asyncio.to_thread(places.make_shims, root)
    sockets = await asyncio.to_thread(places.socket_folder, root, settings.socket_folder)
    label = "chronoplane-" + hashlib.blake2b(os.fsencode(root), digest_size=6).hexdigest()
    found = await find_enclosure(settings, label)
    enclosure = found.enclosure
    first_uid = found.first_uid
    if not enclosure.isolated and not (
        places.is_open_to_others(root) and places.python_is_open_to_others()
    ):
        first_uid = None
    identities = None
    if first_uid is not None:
        identities = Identities(
            file=root / "uids.json", first=first_uid, count=settings.uid_count, owner=label
        )
    extra = {"isolated": enclosure.isolated, "why_not": found.why_not, "own_uids": first_uid}
    _log.info("process_runtime_opened", extra=extra)
    return ProcessRuntime(
        settings=settings,
        enclosure=enclosure,
        root=root,
        sockets=sockets,
        shims=shims,
        identities=identities,
        why_not=found.why_not,
        preparation=Preparation(enclosure=enclosure, root=root, shims=shims, sockets=sockets),
    )


@dataclass(slots=True, kw_only=True)
class ProcessRuntime:
    """Implements `interface.Runtime`. Make it with `open_process_runtime`."""

    settings: ProcessSettings
    enclosure: Enclosure
    root: Path
    sockets: Path
    shims: Path
    identities: Identities | None
    why_not: str | None
    preparation: Preparation
    name: str = "process"
    _identity_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _starting: dict[str, asyncio.Lock] = field(default_factory=dict)

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(isolated=self.enclosure.isolated, images=False, why_not=self.why_not)

    async def prepare(
        self, build: BuildSpec, log: Callable[[str], None]
    ) -> Prepared | PreparationFailed:
        if build.image is not None:
            return PreparationFailed(reason="no engine on this machine can run images")
        uid = await self._uid_of(build.project_id)
        return await self.preparation.prepare(build, uid, log)

    async def discard(self, prepared: Prepared) -> None:
        if prepared.tree is not None:
            await self.preparation.discard(prepared.tree.parent)

    async def start(self, spec: ReplicaSpec) -> Observed | StartFailed:
        if not replicas.is_replica_id(spec.replica_id):
            return StartFailed(reason="not a replica id")
        async with self._starting.setdefault(spec.replica_id, asyncio.Lock()):
            folder = self._folder(spec.replica_id)
            known = await asyncio.to_thread(replicas.observe, folder)
            if known is not None:
                return known
            try:
                return await self._start(spec, folder)
            except (OSError, TimeoutError) as error:
                _log.warning(
                    "replica_start_failed",
                    extra={"replica": spec.replica_id, "error": str(error)},
                )
                await self.stop(spec.replica_id, grace_seconds=0, force=True)
                await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
                return StartFailed(reason=f"the engine could not start it: {error}")
            finally:
                self._starting.pop(spec.replica_id, None)

    async def _start(self, spec: ReplicaSpec, folder: Path) -> Observed:
        uid = await self._uid_of(spec.project_id)
        await asyncio.to_thread(_make_folder, folder, spec.prepared.tree, uid, self._copies(spec))
        program = await asyncio.to_thread(self._program, spec, folder, uid)
        await launch(self.enclosure.spec(program, detach=True))
        async with asyncio.timeout(self.settings.start_seconds_max):
            while True:
                seen = await asyncio.to_thread(replicas.observe, folder)
                if seen is not None and seen.state != "starting":
                    _log.info(
                        "replica_started",
                        extra={"replica": spec.replica_id, "pid": seen.pid, "state": seen.state},
                    )
                    return seen
                await asyncio.sleep(_POLL_SECONDS)

    def _copies(self, spec: ReplicaSpec) -> bool:
        return not self.enclosure.isolated or spec.prepared.tree is None

    def _program(self, spec: ReplicaSpec, folder: Path, uid: int | None) -> Program:
        isolated, prepared = self.enclosure.isolated, spec.prepared
        path = self.sockets / places.socket_name(spec.replica_id)
        port = spec.port if isolated else free_port()
        environment = base_environment(
            isolated=isolated, shims=self.shims, home=folder / "home", venv=prepared.environment
        )
        tree = folder / "app" if prepared.tree is None else prepared.tree
        mounts = [Mount(kind="overlay", source=tree, target=APP)]
        if prepared.environment is not None:
            mounts.append(Mount(kind="--ro-bind", source=prepared.environment, target=ENVIRONMENT))
        return Program(
            folder=folder,
            name=spec.replica_id,
            argv=prepared.command,
            environment={**environment, **spec.environment, "PORT": str(port)},
            directory=folder / "app",
            mounts=tuple(mounts),
            uid=uid,
            cpu=spec.cpu,
            memory_bytes=spec.memory_mb * 1024**2,
            disk_bytes=self.settings.disk_bytes_max,
            pids=self.settings.pids_max,
            seconds_max=_NO_END,
            address=f"unix@{path}" if isolated else f"127.0.0.1:{port}",
            socket=path if isolated else None,
            port=port,
            watched=() if isolated else (folder / "app", folder / "home"),
            labels=asdict(labels_of(spec)),
        )

    async def stop(self, replica_id: str, *, grace_seconds: float, force: bool = False) -> None:
        if not replicas.is_replica_id(replica_id):
            return
        folder = self._folder(replica_id)
        grace = 0.0 if force else max(0.0, grace_seconds)
        seen = await asyncio.to_thread(replicas.observe, folder)
        if seen is None:
            return
        await asyncio.to_thread(replicas.ask_to_stop, folder, grace)
        if await _has_ended(folder, time.monotonic() + grace + _KILL_SECONDS):
            return
        _log.error("replica_keeper_stuck", extra={"replica": replica_id})
        await asyncio.to_thread(replicas.end_by_force, folder)

    async def list(self) -> "list[Observed]":
        return await asyncio.to_thread(replicas.observe_all, self.root / "replicas")

    async def forget(self, replica_id: str) -> None:
        if not replicas.is_replica_id(replica_id):
            return
        if not await asyncio.to_thread(replicas.forget, self._folder(replica_id)):
            _log.warning("replica_still_runs", extra={"replica": replica_id})

    async def lines(self, replica_id: str, *, after: int = 0, limit: int = 1000) -> LogPage:
        if not replicas.is_replica_id(replica_id):
            return LogPage(lines=(), cursor=after)
        return await asyncio.to_thread(replicas.read_lines, self._folder(replica_id), after, limit)

    async def close(self) -> None:
        """Replicas go on; only empty control groups are given back. The next scheduler makes them
        anew.
        """
        await asyncio.to_thread(self.enclosure.places.remove_empty)

    def _folder(self, replica_id: str) -> Path:
        return self.root / "replicas" / replica_id

    async def _uid_of(self, project_id: str) -> int | None:
        if self.identities is None:
            return None
        async with self._identity_lock:
            return await asyncio.to_thread(self.identities.uid_of, project_id)


async def _has_ended(folder: Path, deadline: float) -> bool:
    while not await asyncio.to_thread((folder / "exit.json").exists):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(_POLL_SECONDS)
    return True


def labels_of(spec: ReplicaSpec) -> Labels:
    return Labels(
        service_id=spec.service_id,
        project_id=spec.project_id,
        deployment_id=spec.deployment_id,
        ordinal=spec.ordinal,
        generation=spec.generation,
        node=spec.node,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _make_folder(folder: Path, tree: Path | None, uid: int | None, copies: bool) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    if not copies:
        return
    app, home = folder / "app", folder / "home"
    home.mkdir()
    if tree is None:
        app.mkdir()
    else:
        shutil.copytree(tree, app, symlinks=True)
    if uid is not None:
        folder.chmod(0o711)
        for parent, folders, files in os.walk(app):
            for name in (".", *folders, *files):
                os.chown(Path(parent) / name, uid, uid, follow_symlinks=False)
        os.chown(home, uid, uid)
