"""What the operator decides about the process engine."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Isolation = Literal["auto", "isolated", "trusted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSettings:
    """`root` holds replicas, builds and caches (0700). `build_hosts` empty: builds reach public
    hosts only.
    """

    root: Path
    isolation: Isolation = "auto"
    bubblewrap: Path | None = None
    socket_folder: Path | None = None
    first_uid: int = 200_000
    uid_count: int = 65_536
    pids_max: int = 512
    open_files_max: int = 8192
    file_bytes_max: int = 4 * 1024**3
    disk_bytes_max: int = 2 * 1024**3
    temporary_bytes_max: int = 512 * 1024**2
    build_seconds_max: float = 600.0
    build_memory_mb: int = 4096
    build_disk_bytes_max: int = 8 * 1024**3
    build_hosts: tuple[str, ...] = ()
    read_only_paths: tuple[Path, ...] = ()
    start_seconds_max: float = 15.0
