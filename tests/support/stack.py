"""The whole local stack for tests: started as a user would, in an empty folder on free ports.

`stack` is shared by the tests of a worker; a test that breaks the stack for good starts its own."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import psutil
import pytest
from psycopg.conninfo import make_conninfo

from deploy.keys import POSTGRES_OWNER
from deploy.local.database import PORT
from deploy.local.ports import free_port
from deploy.local.postgres import DATABASE
from shared.runtime.places import socket_folder

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 90.0
STOP_SECONDS = 60.0


@dataclass(slots=True, kw_only=True)
class Stack:
    data_dir: Path
    gateway_port: int
    edge_port: int
    settings: Mapping[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[str] | None = None

    @property
    def gateway_url(self) -> str:
        return f"http://127.0.0.1:{self.gateway_port}"

    @property
    def edge_url(self) -> str:
        return f"http://127.0.0.1:{self.edge_port}"

    @property
    def token(self) -> str:
        return (self.data_dir / "keys" / "admin_token").read_text().strip()

    @property
    def repositories(self) -> Path:
        return self.data_dir / "repositories"

    @property
    def supervisor_pid(self) -> int:
        return self._running().pid

    @property
    def output(self) -> str:
        return (self.data_dir.parent / "output").read_text()

    def superuser_dsn(self) -> str:
        """For looking and for faults, never for what is tested."""
        password = (self.data_dir / "keys" / "postgres" / POSTGRES_OWNER).read_text().strip()
        return make_conninfo(
            host=str(socket_folder(self.data_dir)),
            port=PORT,
            user=POSTGRES_OWNER,
            password=password,
            dbname=DATABASE,
        )

    def log_file(self, process: str) -> Path:
        return self.data_dir / "logs" / f"{process}.log"

    def start(self) -> None:
        """Returns when the stack is ready."""
        self.begin()
        until(lambda: self.ready() or self._failed(), READY_SECONDS, "the stack to be ready")
        # The ready line comes after the gateway's first 200.
        until(lambda: "Ready in" in self.output, 5, "the ready line")

    def begin(self) -> subprocess.Popen[str]:
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("CHRONO")},
            "CHRONOPLANE_DATA_DIR": str(self.data_dir),
            "CHRONOPLANE_GATEWAY_PORT": str(self.gateway_port),
            "CHRONOPLANE_EDGE_PORT": str(self.edge_port),
            **self.settings,
        }
        # A file, not a pipe: nobody reads while a test runs, and a full pipe would stop the stack.
        with (self.data_dir.parent / "output").open("w") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "deploy.local", "up"],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        return self._process

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """As Ctrl-C does; answers the exit code."""
        process = self._running()
        process.send_signal(how)
        return process.wait(STOP_SECONDS)

    def kill_supervisor(self) -> None:
        process = self._running()
        process.kill()
        process.wait(5)

    def end(self) -> None:
        """Whatever state it is in: nothing of it may outlive the test."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise

    def ready(self) -> bool:
        return self.readiness()[0] == 200

    def readiness(self) -> tuple[int, dict[str, object]]:
        try:
            with urllib.request.urlopen(f"{self.gateway_url}/ready", timeout=3) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, {}
        except (OSError, ValueError):
            return 0, {}

    def pid(self, process: str) -> int | None:
        """Of a child by its name in the stack (`command`, `nats`, `haproxy`, `postgres` ...)."""
        if process == "postgres":
            return self._postmaster()
        for child in psutil.Process(self._running().pid).children():
            try:
                words = child.cmdline()
            except psutil.Error:
                continue  # It ended while we looked.
            if _is(process, words):
                return child.pid
        return None

    def kill9(self, process: str) -> int:
        """Answers the pid it had."""
        pid = self.pid(process)
        assert pid is not None, f"{process} does not run"
        os.kill(pid, signal.SIGKILL)
        return pid

    def wait_restarted(self, process: str, old_pid: int, seconds: float = 20.0) -> int:
        """Answers the new pid."""

        def new_pid() -> int | None:
            pid = self.pid(process)
            return pid if pid != old_pid else None

        return until(new_pid, seconds, f"{process} to be started again")

    def wait_ready(self, seconds: float = 30.0) -> None:
        until(self.ready, seconds, "the stack to be ready again")

    def _running(self) -> subprocess.Popen[str]:
        assert self._process is not None, "the stack was not started"
        return self._process

    def _failed(self) -> bool:
        code = self._running().poll()
        if code is not None:
            raise AssertionError(f"the stack ended with {code}:\n{self.output}")
        return False

    def _postmaster(self) -> int | None:
        try:
            pid = int((self.data_dir / "postgres" / "postmaster.pid").read_text().split()[0])
            alive = psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        except (OSError, ValueError, IndexError, psutil.Error):
            return None
        return pid if alive else None


Seen = TypeVar("Seen")


def until(look: Callable[[], Seen | None], seconds: float, what: str) -> Seen:
    """What `look` finds, as soon as it is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds:g} s for {what}")


def new_stack(folder: Path, **settings: str) -> Stack:
    """Not started yet. `settings` by their names in shared/runtime/settings.py. An engine of this
    machine is left alone unless a test asks for it."""
    settings = {"container_engine": "off", **settings}
    return Stack(
        data_dir=folder / "data",
        gateway_port=free_port(),
        edge_port=free_port(),
        settings={f"CHRONOPLANE_{name.upper()}": value for name, value in settings.items()},
    )


@contextmanager
def running_stack(folder: Path, **settings: str) -> Iterator[Stack]:
    stack = new_stack(folder, **settings)
    try:
        stack.start()
        yield stack
    finally:
        stack.end()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running_stack(tmp_path_factory.mktemp("stack")) as started:
        yield started


def _is(process: str, words: list[str]) -> bool:
    match process:
        case "nats":
            return any(word.endswith("nats-server") for word in words[:1])
        case "haproxy":
            return any(word.endswith("haproxy") for word in words[:1])
        case _:
            return words[1:3] == ["-m", f"services.{process}"]
