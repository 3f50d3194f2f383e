"""Bad days, by name: each does its harm to a running stack and returns when the harm is done."""

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
import psycopg

from tests.faults.checks import jetstream_folder
from tests.faults.poison import poison
from tests.support.stack import Stack, until

PROCESSES = (
    "command", "query", "gateway", "scheduler", "prober", "edge", "sealer", "callout", "webhooks"
)  # fmt: skip
SERVERS = ("postgres", "nats", "haproxy")
REFUSING_SECONDS = 1.5
SLOW_SECONDS = 4.0
RESTART_SECONDS = 30.0

Fault = Callable[[Stack], None]


def kill(process: str) -> Fault:
    def harm(stack: Stack) -> None:
        stack.wait_restarted(process, stack.kill9(process), RESTART_SECONDS)

    return harm


def pause(process: str, seconds: float) -> Fault:
    """Stopped, not dead: its connections stay open, its leases do not."""

    def harm(stack: Stack) -> None:
        pid = stack.pid(process)
        assert pid is not None, f"{process} does not run"
        with stopped(pid):
            time.sleep(seconds)

    return harm


def lose_jetstream(stack: Stack) -> None:
    """NATS dies and its store is gone when it comes back: events, routes, consumers."""
    with stopped(stack.supervisor_pid):  # Else the server is back before its folder is away.
        pid = stack.kill9("nats")
        until(lambda: not _runs(pid), 5, "the bus to be dead")
        shutil.rmtree(jetstream_folder(stack))
    stack.wait_restarted("nats", pid, RESTART_SECONDS)


def fill_disk(stack: Stack) -> None:
    """The database refuses appends as it does on a full disk (53100), reads go on."""
    with psycopg.connect(stack.superuser_dsn(), autocommit=True) as admin:
        admin.execute(
            "create or replace function public.disk_full() returns trigger language plpgsql as"
            " $$ begin raise exception 'could not extend file' using errcode = '53100'; end $$"
        )
        admin.execute("grant usage on schema public to public")
        admin.execute(
            "create trigger disk_full before insert on es.event"
            " for each statement execute function public.disk_full()"
        )
        time.sleep(REFUSING_SECONDS)
        admin.execute("drop trigger disk_full on es.event")
        admin.execute("revoke usage on schema public from public")


def starve_connections(stack: Stack) -> None:
    """Nobody gets a connection any more, and those that were open are cut."""
    roles = {"chronoplane_command": 40, "chronoplane_query": 60}
    with psycopg.connect(stack.superuser_dsn(), autocommit=True) as admin:
        for role in roles:
            admin.execute(f"alter role {role} connection limit 0")
            admin.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where usename = %s", [role]
            )
        time.sleep(REFUSING_SECONDS)
        for role, limit in roles.items():
            admin.execute(f"alter role {role} connection limit {limit}")


def slow_disk(stack: Stack) -> None:
    """Every flush of the log takes 100 ms more, the longest that the server can be told to wait."""
    slow = ("commit_delay = 100000", "commit_siblings = 0")
    with psycopg.connect(stack.superuser_dsn(), autocommit=True) as admin:
        for setting in slow:
            admin.execute(f"alter system set {setting}".encode())
        admin.execute("select pg_reload_conf()")
    try:
        time.sleep(SLOW_SECONDS)
    finally:
        until(lambda: _made_fast(stack), RESTART_SECONDS, "the disk to be as before")


def _made_fast(stack: Stack) -> bool:
    """In chaos the server may be dead just now."""
    try:
        with psycopg.connect(stack.superuser_dsn(), autocommit=True) as admin:
            admin.execute("alter system reset commit_delay")
            admin.execute("alter system reset commit_siblings")
            admin.execute("select pg_reload_conf()")
    except psycopg.OperationalError:
        return False
    return True


FAULTS: dict[str, Fault] = {
    **{process: kill(process) for process in PROCESSES},
    **{server: kill(server) for server in SERVERS},
    "jetstream-lost": lose_jetstream,
    "disk-full": fill_disk,
    "slow-disk": slow_disk,
    "no-connections": starve_connections,
    "poison": poison,
}


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
