"""A real user id per project, where we are root and the kernel knows such ids; remembered in a
file, never given twice.

The kernel counts processes per id on the whole machine: stacks side by side begin at places of
their own in the range, and its last id is for trials alone, so that no tenant's processes can make
one fail.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

_FALLBACK_FIRST = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Identities:
    """Blocking; called in a thread, one call at a time. `owner` says whose range it is: the same
    text begins at the same place."""

    file: Path
    first: int
    count: int
    owner: str = ""

    def uid_of(self, project_id: str) -> int:
        taken: dict[str, int] = json.loads(self.file.read_text()) if self.file.exists() else {}
        if project_id in taken:
            return taken[project_id]
        uid = self._free(set(taken.values()))
        temporary = self.file.with_suffix(".new")
        temporary.write_text(json.dumps({**taken, project_id: uid}))
        temporary.replace(self.file)
        return uid

    def _free(self, taken: set[int]) -> int:
        places = self.count - 1
        begin = int.from_bytes(hashlib.blake2b(self.owner.encode(), digest_size=8).digest())
        for step in range(places):
            uid = self.first + (begin + step) % places
            if uid not in taken:
                return uid
        raise OSError("all user ids for projects are taken")


def uid_for_trials(first: int, count: int) -> int:
    return first + count - 1


def usable_first_uid(wanted: int, count: int) -> int | None:
    """The start of a range the kernel maps for us; None when we are not root and may not change
    our id.
    """
    if os.geteuid() != 0:
        return None
    mapped = [
        (int(inside), int(inside) + int(length))
        for inside, _, length in map(str.split, Path("/proc/self/uid_map").read_text().splitlines())
    ]
    for first in (wanted, _FALLBACK_FIRST):
        if any(low <= first and first + count <= high for low, high in mapped):
            return first
    return None
