"""What the scheduler asks of an engine that runs replicas: prepare, start, stop, list, forget,
lines.

An engine answers with what it observes; it decides nothing and keeps no wanted state. What it
started it labels, so that a scheduler that died between "started" and "recorded" finds the
replica in `list()` instead of starting it twice.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

State = Literal["starting", "running", "exited"]
Stream = Literal["stdout", "stderr"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What this engine can do on this machine, and in words why not when it cannot isolate.
    `runtimes`: whose replicas it knows all of.
    """

    isolated: bool
    images: bool
    why_not: str | None = None
    runtimes: tuple[str, ...] = ("process",)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildSpec:
    """One commit, or one image, to make runnable. Preparing the same spec again is cheap: the
    result is kept on disk, an image under its deployment's id. `fresh`: pull it though it is here.
    `runtime`: the engine that the service asks for; empty: whichever fits. `cached` false: an image
    is built without the steps that are kept. `packages` of Python are installed into what runs as
    a process, besides what its repository lists.
    """

    project_id: str
    commit: str
    checkout: Path | None = None
    command: str | None = None
    image: str | None = None
    deployment_id: str = ""
    fresh: bool = False
    runtime: str = ""
    cached: bool = True
    packages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A tree or an image that can be started, and the command that starts it (none: the image's
    own). `how` says which convention was found, `runtime` which engine has it.
    """

    command: tuple[str, ...]
    how: str
    tree: Path | None = None
    environment: Path | None = None
    image: str | None = None
    runtime: str = "process"


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparationFailed:
    """The tenant's fault, in words for the tenant, with the last lines the build printed."""

    reason: str
    last_lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StartFailed:
    """The engine could not start the replica at all; nothing is left behind."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What is copied into a container before its program begins: the content of `source`, at
    `place`, where the program begins and may write."""

    source: Path
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaSpec:
    """One replica to start. `port` is the one the service names; the app is told the one to
    listen on in `PORT`. 0: it listens on none, and has no network. `epoch` is the term of the
    leader that asks. `files`: of containers only. `node`: where it was placed.
    """

    replica_id: str
    service_id: str
    project_id: str
    deployment_id: str
    ordinal: int
    generation: int
    prepared: Prepared
    environment: Mapping[str, str] = field(repr=False)
    port: int
    cpu: float
    memory_mb: int
    gpus: int = 0
    epoch: int = 0
    files: Files | None = None
    node: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What a replica was started for; kept by the engine beside it and given back by `list()`."""

    service_id: str
    project_id: str
    deployment_id: str
    ordinal: int
    generation: int
    node: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitCause:
    """Why a replica ended. `asked` is true when `stop` ended it: such exits are no crashes."""

    code: int | None
    signal: int | None
    oom: bool
    asked: bool
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """One replica as the engine sees it now. `running` = its process lives, not that it is
    healthy.
    """

    replica_id: str
    labels: Labels
    state: State
    address: str
    """`unix@/path` or `127.0.0.1:port`: only the edge and the prober dial it."""
    pid: int | None
    started_at: datetime
    exit: ExitCause | None = None
    cpu_seconds: float = 0.0
    memory_bytes: int = 0
    runtime: str = "process"
    isolated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One captured line. The message holds hostile bytes (decoded, control characters kept):
    escape where printed.
    """

    cursor: int
    timestamp: datetime
    stream: Stream
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage:
    """Lines after a cursor, oldest first; `cursor` is where the next read goes on."""

    lines: tuple[LogLine, ...]
    cursor: int


class Runtime(Protocol):
    """One engine. Every method is safe to repeat; none blocks the event loop."""

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    async def prepare(
        self, build: BuildSpec, log: Callable[[str], None]
    ) -> Prepared | PreparationFailed:
        """Make a commit runnable; `log` is called with each line the build prints, as it comes."""
        ...

    async def discard(self, prepared: Prepared) -> None:
        """Drop a prepared tree. The caller knows that no replica runs it or will be started from
        it.
        """
        ...

    async def start(self, spec: ReplicaSpec) -> Observed | StartFailed:
        """Start a replica, or answer the one already there under this id."""
        ...

    async def stop(self, replica_id: str, *, grace_seconds: float, force: bool = False) -> None:
        """End the whole tree: SIGTERM, `grace_seconds`, SIGKILL; `force` skips the first two.

        Returns when it is over. An unknown id is no error.
        """
        ...

    async def list(self) -> list[Observed]:
        """Everything this engine started and was not told to forget, exited ones included."""
        ...

    async def forget(self, replica_id: str) -> None:
        """Drop an exited replica's record and logs."""
        ...

    async def lines(self, replica_id: str, *, after: int = 0, limit: int = 1000) -> LogPage:
        """Captured lines after a cursor. Works for exited replicas until they are forgotten."""
        ...
