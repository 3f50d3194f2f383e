"""Control groups of one replica: made, entered, read for out-of-memory kills, ended, removed.
Versions 1 and 2.
"""

import os
import signal
import time

OOM_FILES = ("memory.events", "memory.oom_control")


def create(groups: list[dict[str, object]]) -> list[str]:
    """Make each folder and write its limits; answers the folders that exist."""
    made = []
    for group in groups:
        folder, files = str(group["folder"]), group["files"]
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError:
            continue
        made.append(folder)
        if isinstance(files, dict):
            for name, value in files.items():
                write(f"{folder}/{name}", str(value))
    return made


def enter(folders: list[str]) -> None:
    for folder in folders:
        write(f"{folder}/cgroup.procs", "0")


def oom_kills(folders: list[str]) -> int:
    for folder in folders:
        for name in OOM_FILES:
            for line in read(f"{folder}/{name}").splitlines():
                if line.startswith("oom_kill "):
                    return int(line.split()[1])
    return 0


def members(folders: list[str]) -> set[int]:
    return {int(pid) for folder in folders for pid in read(f"{folder}/cgroup.procs").split()}


def kill(folders: list[str]) -> None:
    """Until nobody is left: a fork bomb makes new members while the old ones die."""
    for folder in folders:
        if os.path.exists(f"{folder}/cgroup.kill"):
            write(f"{folder}/cgroup.kill", "1")
    for _ in range(200):
        left = members(folders)
        if not left:
            return
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.01)


def remove(folders: list[str]) -> None:
    for folder in folders:
        try:
            os.rmdir(folder)
        except OSError:
            continue  # a member is still dying; forgetting the replica removes it


def cpu_seconds(folders: list[str]) -> float | None:
    for folder in folders:
        for line in read(f"{folder}/cpu.stat").splitlines():
            if line.startswith("usage_usec "):
                return int(line.split()[1]) / 1e6
        text = read(f"{folder}/cpuacct.usage")
        if text:
            return int(text) / 1e9
    return None


def memory_bytes(folders: list[str]) -> int | None:
    """What cannot be reclaimed: the page cache of files is not the app's use."""
    for folder in folders:
        fields = dict(
            line.split()[:2] for line in read(f"{folder}/memory.stat").splitlines() if " " in line
        )
        if "total_rss" in fields:
            return int(fields["total_rss"]) + int(fields.get("total_shmem", 0))
        if "anon" in fields:
            return int(fields["anon"]) + int(fields.get("shmem", 0))
    return None


def read(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def write(path: str, value: str) -> None:
    try:
        with open(path, "w", encoding="ascii") as file:
            file.write(value)
    except OSError:
        return  # a controller this kernel lacks; rlimits and the watchdog still hold
