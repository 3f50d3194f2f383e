"""The frame of every process: settings, hardening, logs, event loop, signals, one exit code.

`run("command", main)` is the whole `__main__` of a process; `main(settings, shutdown)` serves until
`shutdown` is asked for and returns when its work in hand is done."""

import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable

from shared.runtime.hardening import die_with, harden, settle_garbage
from shared.runtime.logging import configure
from shared.runtime.refusing import CannotServe
from shared.runtime.settings import Settings, SettingsError, load, printable
from shared.runtime.shutdown import Shutdown

log = logging.getLogger(__name__)

Main = Callable[[Settings, Shutdown], Awaitable[None]]

# What is left to end after `main` should have: past it, something hangs and only leaving helps.
GRACE_SECONDS = 5.0


def run(process: str, main: Main) -> None:
    """Never returns: ends the interpreter with 0, or 1 where the process could not go on."""
    harden()
    try:
        settings = load()
    except SettingsError as error:
        sys.exit(f"{process}: {error}")
    configure(process, settings.log_level)
    if settings.supervisor_pid is not None:
        die_with(settings.supervisor_pid)
    code = asyncio.Runner(loop_factory=_loop_factory()).run(_serve(process, settings, main))
    # What is left are libraries' tasks, and one that swallows its cancellation (nats-py's while it
    # reconnects to a server that is gone) would keep the process for ever: nobody waits for them.
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


async def _serve(process: str, settings: Settings, main: Main) -> int:
    shutdown = Shutdown()
    shutdown.listen()
    log.info("process_started", extra={"settings": printable(settings)})
    settle_garbage()
    serving = asyncio.ensure_future(main(settings, shutdown))
    try:
        await _until_done(serving, shutdown, settings.shutdown_seconds + GRACE_SECONDS)
    except CannotServe as error:
        log.error("cannot_serve", extra={"sentence": str(error)})
        return 1
    except Exception:
        log.exception("process_failed")
        return 1
    log.info("process_stopped", extra={"everything": shutdown.everything})
    return 0


async def _until_done(serving: asyncio.Future[None], shutdown: Shutdown, grace: float) -> None:
    asked = asyncio.ensure_future(shutdown.wait())
    await asyncio.wait({serving, asked}, return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    if not serving.done():
        done, _ = await asyncio.wait({serving}, timeout=grace)
        if not done:
            log.error("shutdown_overdue", extra={"seconds": grace})
            serving.cancel()
            await asyncio.wait({serving}, timeout=GRACE_SECONDS)
            raise TimeoutError("the process did not end its work in time")
    serving.result()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # Not made for this platform; asyncio's own loop serves as well, slower.
        return None
    return uvloop.new_event_loop
