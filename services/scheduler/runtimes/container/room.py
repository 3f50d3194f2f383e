"""Watches the disk that the engine keeps images on while a pull or a build fills it.

An engine bounds neither; what it writes is seen only by what is free. Where its folder is not on
this machine nothing is watched.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

_LOOK_SECONDS = 0.5
_FREE_MIN = 0.05


class NoRoom(Exception):
    """In words for whoever deploys."""


@dataclass(slots=True, kw_only=True)
class RoomWatch:
    folder: Path | None
    bytes_max: int

    @asynccontextmanager
    async def bounded(self) -> AsyncIterator[None]:
        """Ends what runs inside with NoRoom when it takes more than it may."""
        task = asyncio.current_task()
        if task is None or self.folder is None or not os.path.isdir(self.folder):
            yield
            return
        found: list[str] = []
        watch = asyncio.create_task(self._watch(self.folder, task, found))
        try:
            yield
        except asyncio.CancelledError:
            # Ours, and not of whoever waits for the whole: then it is over here.
            if found and task.uncancel() == 0:
                raise NoRoom(found[0]) from None
            raise
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)

    async def _watch(self, folder: Path, task: asyncio.Task[object], found: list[str]) -> None:
        before = shutil.disk_usage(folder).free
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            now = await asyncio.to_thread(shutil.disk_usage, folder)
            if before - now.free > self.bytes_max:
                found.append(f"it takes more than {self.bytes_max // 1024**2} MiB of disk")
            elif now.free < now.total * _FREE_MIN:
                found.append("the engine's disk is almost full")
            if found:
                task.cancel()
                return
