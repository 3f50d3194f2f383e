"""One process of the stack: started, watched, started again with back-off when it ends, stopped.

Each child leads a session of its own, so that Ctrl-C in a terminal reaches only the supervisor and
everything stops in order."""

import asyncio
import logging
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.logs import open_log

log = logging.getLogger(__name__)

BACKOFF_FIRST_SECONDS = 0.2
BACKOFF_MAX_SECONDS = 10.0
# A child that ran this long was well: its next end is news, not part of a crash loop.
WELL_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    folder: Path
    log_file: Path
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0


class Child:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.ends_in_a_row = 0
        self.last_code: int | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    def start(self) -> None:
        self._keeper = asyncio.create_task(self._keep(), name=f"keep-{self.plan.name}")

    def start_again(self) -> None:
        """Ends it as a stop would; its keeper starts it anew."""
        self._signal(self.plan.stop_signal)

    async def stop(self) -> None:
        """Asks, waits, then insists. Does nothing where the child never started."""
        self._stopping.set()
        if self._keeper is None:
            return
        self._signal(self.plan.stop_signal)
        done, _ = await asyncio.wait({self._keeper}, timeout=self.plan.stop_seconds)
        if not done:
            log.error("child_killed", extra={"child": self.plan.name, "pid": self.pid})
            self.kill()
            await asyncio.wait({self._keeper}, timeout=5)

    def kill(self) -> None:
        """The child and whatever it started in its session."""
        if (pid := self.pid) is not None:
            try:
                os.killpg(pid, signal.SIGKILL)
            except ProcessLookupError:
                log.debug("child_gone_already", extra={"child": self.plan.name})

    async def _keep(self) -> None:
        while not self._stopping.is_set():
            started = asyncio.get_running_loop().time()
            code = await self._run_once()
            self.last_code = code
            if self._stopping.is_set():
                break
            well = asyncio.get_running_loop().time() - started > WELL_SECONDS
            self.ends_in_a_row = 1 if well else self.ends_in_a_row + 1
            pause = backoff(self.ends_in_a_row)
            log.warning(
                "child_ended",
                extra={"child": self.plan.name, "code": code, "again_in_seconds": pause},
            )
            await _sleep_unless(self._stopping, pause)

    async def _run_once(self) -> int | None:
        """The exit code, or None where it could not even be started."""
        try:
            with open_log(self.plan.log_file) as output:
                self._process = await asyncio.create_subprocess_exec(
                    *self.plan.argv,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    cwd=self.plan.folder,
                    env=dict(self.plan.environment),
                    start_new_session=True,
                )
        except OSError as error:
            log.error("child_not_started", extra={"child": self.plan.name, "error": str(error)})
            return None
        log.info("child_started", extra={"child": self.plan.name, "pid": self._process.pid})
        if self._stopping.is_set():  # Asked to stop while it was being started.
            self._signal(self.plan.stop_signal)
        return await self._process.wait()

    def _signal(self, how: signal.Signals) -> None:
        process = self._process
        if process is not None and process.returncode is None:
            try:
                process.send_signal(how)
            except ProcessLookupError:
                log.debug("child_gone_already", extra={"child": self.plan.name})


def backoff(ends_in_a_row: int) -> float:
    return min(BACKOFF_MAX_SECONDS, BACKOFF_FIRST_SECONDS * 2.0 ** min(ends_in_a_row - 1, 16))


async def _sleep_unless(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
