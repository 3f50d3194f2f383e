"""The two ways a program is kept here, isolated or trusted, as the spec a keeper is started with.

Isolated: bubblewrap, and as root a user id per project. Trusted: cleared environment, limits, and
that user id where it can reach the files at all.
"""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.scheduler.runtimes.process import sandbox, seccomp
from services.scheduler.runtimes.process.cgroup_places import CgroupPlaces
from services.scheduler.runtimes.process.sandbox import Mount, Sandbox
from services.scheduler.runtimes.process.settings import ProcessSettings

PROXY_PORT = 3128


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One program to keep, whichever way. Places are on the host; `mounts` say where the sandbox
    shows them.
    """

    folder: Path
    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str]
    directory: Path
    mounts: tuple[Mount, ...]
    uid: int | None
    cpu: float
    memory_bytes: int
    disk_bytes: int
    pids: int
    seconds_max: float
    address: str = ""
    socket: Path | None = None
    port: int = 0
    proxy: Path | None = None
    watched: tuple[Path, ...] = ()
    """Folders on disk the program may fill."""
    log: Mapping[str, int] = field(default_factory=dict)
    """Caps of its log that differ from the keeper's own."""
    labels: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """How programs are kept on this machine. `sandbox` None means trusted."""

    settings: ProcessSettings
    places: CgroupPlaces
    sandbox: Sandbox | None

    @property
    def isolated(self) -> bool:
        return self.sandbox is not None

    def spec(self, program: Program, *, detach: bool) -> dict[str, Any]:
        """JSON for a keeper's stdin: it holds the app's secrets, so it goes nowhere else."""
        groups = self.places.groups(
            program.name,
            cpu=program.cpu,
            memory_bytes=program.memory_bytes,
            pids=program.pids,
        )
        made = seccomp.filter_program() if self.sandbox is not None else None
        return {
            "detach": detach,
            "folder": os.fspath(program.folder),
            "labels": dict(program.labels),
            "log": dict(program.log),
            "address": program.address,
            "socket": os.fspath(program.socket) if program.socket else None,
            "argv": self._argv(program),
            "seccomp": made.hex() if made else None,
            "orders": self._orders(program),
            "cgroups": groups,
            "writable": self._writable(program),
            "watch": {
                "memory_bytes": program.memory_bytes,
                "disk_bytes": program.disk_bytes,
                "time_seconds": program.seconds_max,
            },
        }

    def _argv(self, program: Program) -> list[str]:
        if self.sandbox is None:
            return sandbox.first_program(os.fspath(sandbox.SOURCE_ROOT))
        return self.sandbox.command(program.mounts)

    def _orders(self, program: Program) -> dict[str, Any]:
        isolated = self.sandbox is not None
        proxy = {"port": PROXY_PORT, "path": f"{sandbox.EGRESS}/proxy"}
        return {
            "argv": list(program.argv),
            "env": dict(program.environment),
            "cwd": sandbox.APP if isolated else os.fspath(program.directory),
            "uid": program.uid,
            "port": program.port,
            "proxy": proxy if isolated and program.proxy else None,
            "limits": self._rlimits(program),
        }

    def _rlimits(self, program: Program) -> dict[str, int]:
        limits = {
            "RLIMIT_CORE": 0,
            "RLIMIT_NOFILE": self.settings.open_files_max,
            "RLIMIT_FSIZE": self.settings.file_bytes_max,
        }
        # Counted per user: with our own id (trusted, no root) it would count all of ours too.
        if program.uid is not None or self.isolated:
            limits["RLIMIT_NPROC"] = program.pids
        return limits

    def _writable(self, program: Program) -> list[str]:
        """Where the disk watchdog looks; `{app}` is the app's own view of its files."""
        places = [os.fspath(folder) for folder in program.watched]
        if self.isolated and any(mount.kind == "overlay" for mount in program.mounts):
            places.append("{app}" + sandbox.APP)
        return places


def base_environment(
    *, isolated: bool, shims: Path, home: Path, venv: Path | None
) -> dict[str, str]:
    """What every program gets beside its own: a path, a home, a language, unbuffered output."""
    shown = f"{sandbox.ENCLOSURE}/bin" if isolated else os.fspath(shims)
    first = [] if venv is None else [f"{sandbox.ENVIRONMENT if isolated else venv}/bin"]
    path = [*first, shown, *_tool_folders(), sandbox.PATH]
    return {
        "PATH": ":".join(path),
        "HOME": sandbox.HOME if isolated else os.fspath(home),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
    }


def _tool_folders() -> list[str]:
    prefix = os.fspath(sandbox.python_prefix() / "bin")
    node = shutil.which("node")
    folders = [prefix, *([os.path.dirname(os.path.realpath(node))] if node else [])]
    return [folder for folder in dict.fromkeys(folders) if folder not in sandbox.PATH.split(":")]
