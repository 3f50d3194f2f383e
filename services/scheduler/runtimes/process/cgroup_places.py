"""Where control groups may be made here, and a replica's limits in their spelling: version 2 if
delegated, else 1, else none.
"""

import os
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_V1 = ("memory", "cpu", "cpuacct", "pids")
_PERIOD = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CgroupPlaces:
    """`unified` or one folder per old controller; both empty where there is nothing for us."""

    unified: Path | None = None
    controllers: tuple[tuple[str, Path], ...] = ()

    @property
    def limits_memory(self) -> bool:
        return self.unified is not None or any(name == "memory" for name, _ in self.controllers)

    def remove_empty(self) -> None:
        folders = [folder for _, folder in self.controllers]
        for folder in [*folders, *([self.unified] if self.unified else [])]:
            with suppress(OSError):  # a replica still lives in it
                folder.rmdir()

    def groups(
        self, name: str, *, cpu: float, memory_bytes: int, pids: int
    ) -> list[dict[str, object]]:
        quota = max(1000, int(cpu * _PERIOD))
        if self.unified is not None:
            files: dict[str, str] = {
                "memory.max": str(memory_bytes),
                "memory.swap.max": "0",
                "memory.oom.group": "1",
                "cpu.max": f"{quota} {_PERIOD}",
                "pids.max": str(pids),
            }
            return [{"folder": str(self.unified / name), "files": files}]
        spelled = {
            "memory": {"memory.limit_in_bytes": str(memory_bytes)},
            "cpu": {"cpu.cfs_period_us": str(_PERIOD), "cpu.cfs_quota_us": str(quota)},
            "cpuacct": {},
            "pids": {"pids.max": str(pids)},
        }
        return [
            {"folder": str(folder / name), "files": spelled[controller]}
            for controller, folder in self.controllers
        ]


def find(label: str) -> CgroupPlaces:
    """Looks and tries; blocking, once at start. `label` keeps several stacks apart."""
    own = _own_paths()
    unified = _find_unified(own.get(""), label)
    if unified is not None:
        return CgroupPlaces(unified=unified)
    found = []
    for controller in _V1:
        for mount in _mounts_of(controller):
            folder = _try_folder(Path(mount + own.get(controller, "/")) / label)
            folder = folder or _try_folder(Path(mount) / label)
            if folder is not None:
                found.append((controller, folder))
                break
    return CgroupPlaces(controllers=tuple(found))


def _own_paths() -> dict[str, str]:
    paths: dict[str, str] = {}
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            paths[controller] = path
    return paths


def _mounts_of(controller: str) -> list[str]:
    found = []
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, place, kind, options, *_ = line.split(" ")
        if kind == "cgroup" and controller in options.split(","):
            found.append(place)
        if kind == "cgroup2" and controller == "":
            found.append(place)
    return found


def _try_folder(folder: Path) -> Path | None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder / "cgroup.procs", os.W_OK) else None


def _find_unified(own: str | None, label: str) -> Path | None:
    if own is None:
        return None
    for mount in _mounts_of(""):
        # A group that has processes may not hand controllers down, so its parent is tried as well.
        starts = [Path(mount)] if own == "/" else [Path(mount + own), Path(mount + own).parent]
        for start in starts:
            folder = _try_folder(start / label)
            if folder is None:
                continue
            if _hands_down(start, folder):
                return folder
            with suppress(OSError):
                folder.rmdir()
    return None


def _hands_down(start: Path, folder: Path) -> bool:
    probe = folder / f"probe-{os.getpid()}"
    try:
        for place in (start, folder):
            (place / "cgroup.subtree_control").write_text("+memory +pids +cpu")
        probe.mkdir()
        sleeper = subprocess.Popen(["/bin/sleep", "5"], env={})
        try:
            (probe / "cgroup.procs").write_text(str(sleeper.pid))
            return (probe / "memory.max").exists()
        finally:
            sleeper.send_signal(signal.SIGKILL)
            sleeper.wait()
    except OSError:
        return False
    finally:
        if probe.exists():
            probe.rmdir()
