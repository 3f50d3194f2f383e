"""What the operator decides about the container engine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Network = Literal["closed", "open"]
Root = Literal["drop", "keep"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerSettings:
    """`root` holds records and logs (0700). `network` closed: replicas connect to nobody. `as_root`
    drop: an image that would run as root runs as a user of its project, without capabilities.
    `log`: bounds of what is kept of a program's lines, other than usual.
    """

    root: Path
    network: Network = "closed"
    as_root: Root = "drop"
    first_uid: int = 200_000
    uid_count: int = 65_536
    pids_max: int = 512
    open_files_max: int = 8192
    disk_bytes_max: int = 2 * 1024**3
    temporary_bytes_max: int = 512 * 1024**2
    sample_seconds: float = 3.0
    start_seconds_max: float = 30.0
    build_seconds_max: float = 600.0
    build_memory_mb: int = 4096
    build_disk_bytes_max: int = 8 * 1024**3
    context_bytes_max: int = 512 * 1024**2
    build_hosts: tuple[str, ...] = ()
    log: Mapping[str, int] = field(default_factory=dict)
