"""What each process of a stack holds, read from outside: memory, files, connections; and the bytes
of the stream and of the database, which grow with what is written and are only told."""

from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from tests.support.stack import Stack

MIB = 1024 * 1024
# Growth within the last two thirds of a run that is let be; the share is of where it began.
ALLOWED = {"memory": (12.0, 0.10), "files": (8.0, 0.10), "connections": (8.0, 0.10)}
TOLD_ONLY = frozenset({"bytes"})
# Each service of a tenant brings a launcher and a server; they come and go with it.
TENANTS = "replicas"


@dataclass(frozen=True, slots=True, order=True)
class Measure:
    process: str
    what: str


Sample = dict[Measure, float]


def sample(stack: Stack) -> Sample:
    taken: Sample = {}
    root = psutil.Process(stack.supervisor_pid)
    _add(taken, "supervisor", root)
    for child in root.children():
        try:
            name = _name(child)
            _add(taken, name, child)
            for below in child.children(recursive=True):
                _add(taken, _below(name), below, is_part=True)
        except (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
            continue  # It ended while we looked.
    taken.update(_of_postgres(stack))
    taken[Measure("nats", "bytes")] = _size(stack.data_dir / "nats") / MIB
    return taken


def _below(parent: str) -> str:
    return TENANTS if parent == "scheduler" else f"{parent}'s children"


def _name(process: psutil.Process) -> str:
    words = process.cmdline()
    for word in words:
        if word.startswith("services."):
            return word.split(".")[1]
    return Path(words[0]).name if words else process.name()


def _add(taken: Sample, name: str, process: psutil.Process, *, is_part: bool = False) -> None:
    found = {
        "memory": _own_memory(process.pid) / MIB,
        "files": float(process.num_fds()),
        "connections": float(len(process.net_connections("inet"))),
    }
    for what, value in found.items():
        measure = Measure(name, what)
        taken[measure] = value + (taken.get(measure, 0.0) if is_part else 0.0)


def _own_memory(pid: int) -> int:
    """What it has allocated. Pages of files, and Postgres's shared buffers, are in no process's
    own: a backend that reads more of a growing table maps more of them, and leaks nothing."""
    with Path(f"/proc/{pid}/smaps_rollup").open() as told:
        for line in told:
            name, _, rest = line.partition(":")
            if name == "Pss_Anon":
                return int(rest.split()[0]) * 1024
    raise RuntimeError("this kernel does not tell what is a process's own (Linux 5.4 does)")


def _of_postgres(stack: Stack) -> Sample:
    with psycopg.connect(stack.superuser_dsn()) as connection:
        backends = connection.execute(
            "select usename, count(*) from pg_stat_activity"
            " where backend_type = 'client backend' and pid <> pg_backend_pid() group by usename"
        ).fetchall()
        size = connection.execute("select pg_database_size(current_database())").fetchone()
    assert size is not None
    taken = {Measure(f"role {role}", "connections"): float(count) for role, count in backends}
    taken[Measure("postgres", "bytes")] = size[0] / MIB
    return taken


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size
        except FileNotFoundError:
            continue  # Compacted away while we looked.
    return total
