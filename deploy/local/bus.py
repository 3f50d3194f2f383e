"""Starts the bus again after its disk was full.

nats-server closes a stream whose write failed and leaves it closed until it is started again, with
room or without. What it holds is whole up to there; the relay and the scheduler fill the rest."""

import asyncio
import logging
import shutil
from pathlib import Path

from deploy.local.child import Child

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
FULL_BYTES = 1024 * 1024
ROOM_BYTES = 16 * 1024 * 1024
CLOSED = b"critical write error"


class BusDisk:
    """Whether the store was hurt, by two signs: the disk as we see it, and the server's own word.
    Neither is enough: a full moment is soon over, and a full disk takes no log line either."""

    def __init__(self, store: Path, log_file: Path) -> None:
        self._store = store
        self._log_file = log_file
        self._read_to = _size(log_file)
        self._hurt = False

    def is_due(self) -> bool:
        """True once there is room again after it was hurt."""
        free = shutil.disk_usage(self._store).free
        told = self._told()
        if free < FULL_BYTES or told:
            if not self._hurt:
                log.error("bus_disk_full", extra={"free_bytes": free})
            self._hurt = True
        if not self._hurt or free < ROOM_BYTES:
            return False
        self._hurt = False
        return True

    def _told(self) -> bool:
        size = _size(self._log_file)
        if size < self._read_to:
            self._read_to = 0  # It was rotated.
        if size == self._read_to:
            return False
        with self._log_file.open("rb") as written:
            written.seek(self._read_to)
            new = written.read(size - self._read_to)
        # The end of a line may not be there yet: it is looked at again with what follows.
        whole = new.rpartition(b"\n")[0]
        self._read_to += len(whole)
        return CLOSED in whole.lower()


async def keep_bus(child: Child, store: Path) -> None:
    disk = BusDisk(store, child.plan.log_file)
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            due = disk.is_due()
        except OSError as error:  # The folder is away for a moment; it is looked at again.
            log.warning("bus_disk_unknown", extra={"error": str(error)})
            continue
        if due:
            log.warning("bus_started_again", extra={"pid": child.pid})
            child.start_again()


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0
