"""The frame every process runs in: signals, exit codes, hardening, health."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shared.runtime.health import HealthListener, Readiness
from shared.runtime.metrics import new_registry
from shared.runtime.settings import load

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import asyncio, ctypes, os, resource, sys
from shared.runtime.process import run

async def main(settings, shutdown):
    mask = os.umask(0o077)
    dumpable = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)
    core = resource.getrlimit(resource.RLIMIT_CORE)[0]
    print("serving", oct(mask), dumpable, core, flush=True)
    {body}
    print("everything" if shutdown.everything else "only me", flush=True)

run("demo", main)
"""
SERVE = "await shutdown.wait()"


def start(body: str = SERVE, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM.replace("{body}", body)],
        cwd=ROOT,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.mark.parametrize(
    ("how", "says"), [(signal.SIGTERM, "only me"), (signal.SIGINT, "everything")]
)
def test_sigterm_stops_the_process_and_sigint_everything_it_runs(
    how: signal.Signals, says: str
) -> None:
    with start() as process:
        first_line(process)
        process.send_signal(how)
        output, _ = process.communicate(timeout=10)
    assert (process.returncode, output.strip()) == (0, says)


def test_neighbours_of_the_same_user_find_nothing_to_read() -> None:
    with start() as process:
        said = first_line(process)
        process.terminate()
    assert said == "serving 0o77 0 0"


def test_an_accident_ends_it_with_1_and_a_log_line() -> None:
    with start("raise RuntimeError('boom')") as process:
        _, errors = process.communicate(timeout=10)
    assert process.returncode == 1
    last = json.loads(errors.splitlines()[-1])
    assert (last["event"], last["error"]) == ("process_failed", "RuntimeError: boom")


def test_a_main_that_hangs_at_the_end_is_given_up() -> None:
    body = "await shutdown.wait(); await asyncio.sleep(3600)"
    with start(body.replace("; ", "\n    "), CHRONOPLANE_SHUTDOWN_SECONDS="0.01") as process:
        first_line(process)
        process.terminate()
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "shutdown_overdue" in errors


def test_wrong_settings_end_it_with_a_sentence() -> None:
    with start(CHRONOPLANE_EDGE_PORT="none") as process:
        _, errors = process.communicate(timeout=10)
    assert process.returncode == 1
    assert errors.startswith("demo: CHRONOPLANE_EDGE_PORT: ")
    assert "Traceback" not in errors


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's signal is Linux's")
def test_it_stops_when_its_supervisor_is_killed() -> None:
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, PROGRAM.replace("{body}", SERVE)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    with supervisor:
        first_line(supervisor)
        supervisor.kill()
        assert supervisor.stdout is not None
        # The child holds the pipe too: its end is the end of the child.
        assert supervisor.stdout.read().strip() == "only me"


SUPERVISOR = """
import os, subprocess, sys
child = subprocess.Popen(
    [sys.executable, "-c", sys.argv[1]],
    env={**os.environ, "CHRONOPLANE_SUPERVISOR_PID": str(os.getpid())},
    stderr=subprocess.DEVNULL,
)
child.wait()
"""


async def asked(path: Path, request: bytes) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(request)
    answer = await reader.read()
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


async def test_ready_says_which_check_fails_and_health_is_well(tmp_path: Path) -> None:
    settings = load(run_dir=tmp_path)
    readiness = Readiness("demo")
    reasons: dict[str, str | None] = {"bus": "not connected"}

    async def bus() -> str | None:
        return reasons["bus"]

    async def broken() -> str | None:
        raise OSError("secret words")

    readiness.add("bus", bus)
    async with HealthListener(settings, readiness, new_registry("demo")):
        path = settings.health_socket("demo")
        assert path.stat().st_mode & 0o777 == 0o600
        status, body = await asked(path, b"GET /ready HTTP/1.1\r\n\r\n")
        assert (status, json.loads(body)["checks"]) == (503, {"bus": "not connected"})
        assert (await asked(path, b"GET /health HTTP/1.1\r\n\r\n"))[0] == 200
        reasons["bus"] = None
        assert (await asked(path, b"GET /ready HTTP/1.1\r\n\r\n"))[0] == 200
        readiness.add("disk", broken)
        status, body = await asked(path, b"GET /ready HTTP/1.1\r\n\r\n")
        assert (status, b"OSError" in body, b"secret" in body) == (503, True, False)
        assert (await asked(path, b"GET /else HTTP/1.1\r\n\r\n"))[0] == 404
        metrics = (await asked(path, b"GET /metrics HTTP/1.1\r\n\r\n"))[1]
        assert b'chronoplane_process{process="demo"} 1.0' in metrics


async def test_a_client_that_never_speaks_does_not_hold_up_others(tmp_path: Path) -> None:
    settings = load(run_dir=tmp_path)
    async with HealthListener(settings, Readiness("demo"), new_registry("demo")):
        path = settings.health_socket("demo")
        _, silent = await asyncio.open_unix_connection(path)
        started = time.monotonic()
        assert (await asked(path, b"GET /health HTTP/1.1\r\n\r\n"))[0] == 200
        assert time.monotonic() - started < 1
        silent.close()
