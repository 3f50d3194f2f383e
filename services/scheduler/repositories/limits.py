"""How much of a repository we are willing to read before it is refused."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryLimits:
    time_seconds: float = 45.0
    cpu_seconds: int = 40
    memory_bytes: int = 1536 * 1024**2
    pack_bytes: int = 1024**3
    tree_bytes: int = 1024**3
    file_bytes: int = 256 * 1024**2
    paths_max: int = 50_000
    depth_max: int = 64
