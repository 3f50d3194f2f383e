"""Prepared directories of environments, and which of them jobs use: the least recently used go when
there are too many. One that is gone is prepared again for the next job that needs it.

What a job uses is a file of its name, so that the next leader knows it of jobs that it adopts."""

import os
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

# Between its preparation and the start of the job that it was prepared for, nothing else holds it.
FRESH_SECONDS = 600.0
_DONE = "done.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """`prepared` has a folder per environment with one per list of packages; `uses` a file per
    job. All of it blocks."""

    prepared: Path
    uses: Path
    most: int

    def touch(self, venv: Path) -> None:
        os.utime(venv.parent / _DONE)

    def use(self, job_id: str, venv: Path) -> None:
        self.uses.mkdir(exist_ok=True, mode=0o700)
        (self.uses / job_id).write_text(os.fspath(venv.parent))
        self.touch(venv)

    def free(self, job_id: str) -> None:
        (self.uses / job_id).unlink(missing_ok=True)

    def superfluous(self, known: Collection[str]) -> list[Path]:
        """What goes. `known` are the jobs that are not over; what others left behind is freed."""
        used = self._used(known)
        before = time.time() - FRESH_SECONDS
        found = [
            (folder.joinpath(_DONE).stat().st_mtime, folder)
            for environment in _folders(self.prepared)
            for folder in _folders(environment)
            if (folder / _DONE).exists()
        ]
        free = sorted(pair for pair in found if os.fspath(pair[1]) not in used)
        count = max(0, len(found) - self.most)
        return [folder for at, folder in free[:count] if at < before]

    def _used(self, known: Collection[str]) -> set[str]:
        used = set()
        for mark in self.uses.iterdir() if self.uses.is_dir() else ():
            if mark.name in known:
                used.add(mark.read_text())
            else:
                mark.unlink(missing_ok=True)
        return used


def _folders(place: Path) -> list[Path]:
    return [path for path in place.iterdir() if path.is_dir()] if place.is_dir() else []
