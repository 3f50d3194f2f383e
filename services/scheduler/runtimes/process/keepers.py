"""Starting keepers from the scheduler, and following one to its end (builds). The spec goes over
stdin, never an argument.
"""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from services.scheduler.runtimes.process.keeper import log_files, records
from services.scheduler.runtimes.process.sandbox import SOURCE_ROOT, python_program

_HANDOVER_SECONDS = 10.0
_TAIL_SECONDS = 0.15


async def launch(spec: dict[str, Any]) -> asyncio.subprocess.Process:
    """A detached keeper's first process ends at once; a build's stays our child."""
    begin = (
        f"import sys; sys.path.insert(0, {os.fspath(SOURCE_ROOT)!r}); "
        "from services.scheduler.runtimes.process.keeper.run import main; main()"
    )
    keeper = await asyncio.create_subprocess_exec(
        os.fspath(python_program()),
        *("-I", "-S", "-B", "-c", begin),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
        cwd="/",
        start_new_session=True,
    )
    assert keeper.stdin is not None  # noqa: S101 - asked for one line above
    async with asyncio.timeout(_HANDOVER_SECONDS):
        keeper.stdin.write(json.dumps(spec).encode())
        await keeper.stdin.drain()
        keeper.stdin.close()
        if spec["detach"]:
            await keeper.wait()
    return keeper


async def run_to_end(spec: dict[str, Any], line: Callable[[str], None]) -> dict[str, Any] | None:
    """Run one program to its end; its exit record, or None when its keeper died. Cancelling ends
    it.
    """
    keeper = await launch(spec)
    folder = Path(spec["folder"])
    cursor = 0
    deadline = spec["watch"]["time_seconds"] + 30
    try:
        async with asyncio.timeout(deadline):
            while keeper.returncode is None:
                await _settle(keeper)
                cursor = await _tail(folder, cursor, line)
    except TimeoutError:
        return None
    finally:
        if keeper.returncode is None:
            keeper.terminate()
            await keeper.wait()
    await _tail(folder, cursor, line)
    return records.read(os.fspath(folder), "exit.json")


async def _settle(keeper: asyncio.subprocess.Process) -> None:
    try:
        async with asyncio.timeout(_TAIL_SECONDS):
            await keeper.wait()
    except TimeoutError:
        return


async def _tail(folder: Path, cursor: int, line: Callable[[str], None]) -> int:
    found = await asyncio.to_thread(log_files.read_after, f"{folder}/log", cursor, 1000)
    for _, _, _, message in found:
        line(message)
    return found[-1][0] if found else cursor
