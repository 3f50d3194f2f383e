"""The keeper of one child: started again with back-off, stopped for good when asked."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from deploy.local.child import BACKOFF_MAX_SECONDS, Child, Plan, backoff
from deploy.local.guard import __file__ as GUARD
from deploy.local.logs import KEPT, last_lines, open_log, rotate

STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True);"


def plan(folder: Path, program: str, **more: float) -> Plan:
    return Plan(
        name="demo",
        argv=(sys.executable, "-I", "-S", "-c", program),
        environment={},
        folder=folder,
        log_file=folder / "demo.log",
        stop_signal=signal.SIGTERM,
        **more,
    )


@asynccontextmanager
async def kept(made: Plan) -> AsyncIterator[Child]:
    child = Child(made)
    child.start()
    try:
        yield child
    finally:
        await child.stop()


async def pid_of(child: Child, *, other_than: int | None = None) -> int:
    async with asyncio.timeout(10):
        while (pid := child.pid) is None or pid == other_than:
            await asyncio.sleep(0.01)
    return pid


async def until_said(child: Child, word: str) -> None:
    async with asyncio.timeout(10):
        while word not in " ".join(last_lines(child.plan.log_file, 10)):
            await asyncio.sleep(0.01)


async def test_a_killed_child_is_started_again(tmp_path: Path) -> None:
    async with kept(plan(tmp_path, "import time; time.sleep(60)")) as child:
        first = await pid_of(child)
        psutil.Process(first).kill()
        second = await pid_of(child, other_than=first)
        assert child.ends_in_a_row == 1
    assert not psutil.pid_exists(second)


async def test_a_stopped_child_stays_stopped(tmp_path: Path) -> None:
    async with kept(plan(tmp_path, "import time; time.sleep(60)")) as child:
        await pid_of(child)
        await child.stop()
        await asyncio.sleep(0.3)
        assert child.pid is None
        assert child.last_code == -signal.SIGTERM


async def test_a_child_that_does_not_listen_is_killed_after_its_time(tmp_path: Path) -> None:
    made = plan(tmp_path, STUBBORN + "time.sleep(60)", stop_seconds=0.2)
    async with kept(made) as child:
        await until_said(child, "up")
        await child.stop()
        assert child.last_code == -signal.SIGKILL


async def test_a_child_that_keeps_ending_is_counted(tmp_path: Path) -> None:
    async with kept(plan(tmp_path, "print('last words'); raise SystemExit(7)")) as child:
        async with asyncio.timeout(10):
            while child.ends_in_a_row < 2:
                await asyncio.sleep(0.02)
        assert child.last_code == 7
        assert last_lines(child.plan.log_file, 1) == ["last words"]


async def test_a_missing_program_is_tried_again_and_not_an_accident(tmp_path: Path) -> None:
    made = Plan(
        name="demo",
        argv=("/nowhere/program",),
        environment={},
        folder=tmp_path,
        log_file=tmp_path / "demo.log",
    )
    async with kept(made) as child:
        async with asyncio.timeout(10):
            while child.ends_in_a_row < 1:
                await asyncio.sleep(0.01)
        assert child.pid is None


def test_the_pauses_grow_and_have_an_end() -> None:
    pauses = [backoff(ends) for ends in range(1, 2_000)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (0.2, BACKOFF_MAX_SECONDS)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's signal is Linux's")
async def test_a_guarded_program_ends_when_its_supervisor_is_killed(tmp_path: Path) -> None:
    program = f"""
import os, subprocess, sys
child = subprocess.Popen([sys.executable, {GUARD!r}, str(os.getpid()), "/bin/sleep", "60"])
print(child.pid, flush=True)
child.wait()
"""
    supervisor = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE
    )
    assert supervisor.stdout is not None
    guarded = psutil.Process(int(await supervisor.stdout.readline()))
    async with asyncio.timeout(10):
        while guarded.name() != "sleep":
            await asyncio.sleep(0.01)
        supervisor.kill()
        await supervisor.wait()
        while guarded.is_running() and guarded.status() != psutil.STATUS_ZOMBIE:
            await asyncio.sleep(0.01)


def test_a_long_log_is_rotated_while_its_writer_keeps_it_open(tmp_path: Path) -> None:
    file = tmp_path / "demo.log"
    with open_log(file) as log:
        for number in range(KEPT + 2):
            log.write(b"x" * 100 + f"{number}\n".encode())
            assert rotate(file, bytes_max=50)
            assert file.stat().st_size == 0
        log.write(b"short\n")
        assert not rotate(file, bytes_max=50)
    assert file.read_text() == "short\n"
    kept_files = sorted(path.name for path in tmp_path.iterdir())
    assert kept_files == ["demo.log", *(f"demo.log.{n}" for n in range(1, KEPT + 1))]
    assert (tmp_path / "demo.log.1").read_text().endswith(f"{KEPT + 1}\n")
