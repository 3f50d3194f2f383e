"""Finds an engine, agrees on a version, and learns what it can and cannot do here."""

import asyncio
import logging
import os
from pathlib import Path
from typing import Any

from services.scheduler.runtimes.container.build import Builds
from services.scheduler.runtimes.container.client import Client
from services.scheduler.runtimes.container.creation import Grants
from services.scheduler.runtimes.container.identity import open_installation
from services.scheduler.runtimes.container.images import Images
from services.scheduler.runtimes.container.network import Network
from services.scheduler.runtimes.container.room import RoomWatch
from services.scheduler.runtimes.container.runtime import ContainerRuntime
from services.scheduler.runtimes.container.sampling import Sampling
from services.scheduler.runtimes.container.settings import ContainerSettings
from services.scheduler.runtimes.container.sight import Sight
from services.scheduler.runtimes.interface import Capabilities

_log = logging.getLogger(__name__)
AUTO, OFF = "auto", "off"
_USUAL = (
    "/var/run/docker.sock",
    "{user}/docker.sock",
    "/run/podman/podman.sock",
    "{user}/podman/podman.sock",
)


def sockets(setting: str) -> tuple[Path, ...]:
    """Where an engine may answer, by the setting: `auto`, `off`, or a path (`unix://` or not)."""
    if setting == OFF:
        return ()
    if setting != AUTO:
        return (Path(setting.removeprefix("unix://")),)
    user = os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
    return tuple(Path(place.format(user=user)) for place in _USUAL)


async def open_container_runtime(settings: ContainerSettings, socket: Path) -> ContainerRuntime:
    """Raises EngineAway or EngineUnusable."""
    client = Client(socket=socket)
    try:
        await client.negotiate()
        about = await client.get("/info")
    except BaseException:
        await client.close()
        raise
    for folder in (settings.root, settings.root / "replicas"):
        await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
    runtime = await asyncio.to_thread(_put_together, settings, client, about)
    can = runtime.capabilities
    _log.info(
        "container_runtime_opened",
        extra={
            "engine": client.product,
            "socket": str(socket),
            "isolated": can.isolated,
            "why_not": can.why_not,
        },
    )
    return runtime


def _put_together(
    settings: ContainerSettings, client: Client, about: dict[str, Any]
) -> ContainerRuntime:
    installation = open_installation(settings.root)
    network = Network(client=client, installation=installation, mode=settings.network)
    place = about.get("DockerRootDir")
    room = RoomWatch(folder=Path(place) if place else None, bytes_max=settings.build_disk_bytes_max)
    images = Images(client=client, installation=installation, room=room)
    grants = Grants(
        processors=int(about.get("NCPU") or os.cpu_count() or 1),
        has_init=True,
        has_gpus="nvidia" in (about.get("Runtimes") or {}),
        network=network.name,
        is_podman=client.is_podman,
    )
    can = capabilities_of(about, settings, is_podman=client.is_podman)
    return ContainerRuntime(
        settings=settings,
        client=client,
        installation=installation,
        grants=grants,
        capabilities=can,
        images=images,
        network=network,
        builds=Builds(
            client=client,
            images=images,
            installation=installation,
            settings=settings,
            room=room,
            network=network,
            processors=grants.processors,
        ),
        sight=Sight(
            client=client,
            installation=installation,
            replicas=settings.root / "replicas",
            isolated=can.isolated,
            log=settings.log,
            sampling=Sampling(
                client=client,
                installation=installation,
                every_seconds=settings.sample_seconds,
                disk_bytes_max=settings.disk_bytes_max,
                replicas=settings.root / "replicas",
            ),
        ),
    )


def capabilities_of(
    about: dict[str, Any], settings: ContainerSettings, *, is_podman: bool
) -> Capabilities:
    has_wall = not is_podman and about.get("BridgeNfIptables", True)
    options = [str(option) for option in about.get("SecurityOptions") or ()]
    lacks = [
        word
        for word, is_there in (
            ("limits of memory", about.get("MemoryLimit", True)),
            ("limits of processes", about.get("PidsLimit", True)),
            ("limits of processors", about.get("CpuCfsQuota", True)),
            ("a filter of system calls", any("seccomp" in option for option in options)),
            ("a wall between containers", has_wall),
        )
        if not is_there
    ]
    if settings.as_root == "keep":
        lacks.append("a user other than root (by its setting)")
    why_not = f"the container engine lacks {', '.join(lacks)}" if lacks else None
    return Capabilities(isolated=not lacks, images=True, why_not=why_not)
