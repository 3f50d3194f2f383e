"""What /proc says: who lives, since when, whose child, how much it used."""

import os
import signal
import time

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def boot_id() -> str:
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return file.read().strip()


def stat_fields(pid: int) -> list[bytes] | None:
    """Fields of /proc/PID/stat from `state` on; None when there is no such process or it is a
    zombie.
    """
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    return None if fields[0] in {b"Z", b"X"} else fields


def start_ticks(pid: int) -> int | None:
    fields = stat_fields(pid)
    return None if fields is None else int(fields[19])


def is_alive(pid: int, ticks: int) -> bool:
    """The same process, not a later one with its number."""
    return start_ticks(pid) == ticks


def descendants(root: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            fields = stat_fields(int(name))
            if fields is not None:
                parents.setdefault(int(fields[1]), []).append(int(name))
    found, queue = [], [root]
    while queue:
        for child in parents.get(queue.pop(), []):
            found.append(child)
            queue.append(child)
    return found


def inner_pid(pid: int) -> int | None:
    """The process's number in its innermost pid namespace."""
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.startswith("NSpid:"):
                    return int(line.split()[-1])
    except OSError:
        return None
    return None


def usage(pids: list[int]) -> tuple[float, int]:
    """CPU seconds (with reaped children) and resident bytes of all of them."""
    ticks = pages = 0
    for pid in pids:
        fields = stat_fields(pid)
        if fields is not None:
            ticks += sum(int(field) for field in fields[11:15])
            pages += int(fields[21])
    return ticks / _TICKS, pages * _PAGE


def kill_tree(root: int) -> None:
    """Again and again until no descendant lives: children may fork, and orphans come up to a
    sub-reaper.
    """
    for _ in range(200):
        left = descendants(root)
        if not left:
            return
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        reap_all()
        time.sleep(0.005)


def reap_all() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0] > 0:
            continue
    except ChildProcessError:
        return
