"""The log files of the children: appended by the child itself, rotated here by size.

A child writes to its file directly, so a dead supervisor never blocks or breaks it. That is why
rotation copies and truncates: the child keeps its open file."""

import os
import shutil
from pathlib import Path
from typing import IO

KEPT = 3
TAIL_BYTES = 16 * 1024


def open_log(file: Path) -> IO[bytes]:
    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    return os.fdopen(handle, "wb", buffering=0)


def rotate(file: Path, *, bytes_max: int) -> bool:
    """True where the file had grown too long and was moved to `.1`."""
    try:
        if file.stat().st_size <= bytes_max:
            return False
    except FileNotFoundError:
        return False
    for number in range(KEPT - 1, 0, -1):
        older = file.with_name(f"{file.name}.{number}")
        if older.exists():
            older.replace(file.with_name(f"{file.name}.{number + 1}"))
    # Lines written between the copy and the truncation are lost; microseconds, and only a log.
    shutil.copy2(file, file.with_name(f"{file.name}.1"))
    os.truncate(file, 0)
    return True


def last_lines(file: Path, count: int) -> list[str]:
    try:
        with file.open("rb") as log:
            log.seek(max(0, file.stat().st_size - TAIL_BYTES))
            text = log.read().decode(errors="replace")
    except OSError:
        return []
    return [line for line in text.splitlines() if line.strip()][-count:]
