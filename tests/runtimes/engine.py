"""Support of the conformance suite: an engine per kind and mode, replicas to start, a way to ask
them. What differs between engines is in `process_engine.py` and `container_engine.py`.
"""

import asyncio
import json
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

from services.scheduler.runtimes.interface import (
    BuildSpec,
    LogLine,
    Observed,
    Prepared,
    ReplicaSpec,
    Runtime,
    StartFailed,
)

HERE = Path(__file__).parent
WAIT_SECONDS = 8.0


class Closable(Runtime, Protocol):
    async def close(self) -> None: ...


class Engine(ABC):
    """A runtime over a folder, the checkouts its replicas are started from, and their clean-up."""

    given = frozenset({"PATH", "HOME", "LANG", "PYTHONUNBUFFERED", "PORT"})
    """The variables that an app finds besides those it was given."""

    def __init__(self, runtime: Closable, folder: Path) -> None:
        self.any_runtime = runtime
        self.folder = folder

    @abstractmethod
    async def again(self) -> "Engine":
        """The same engine, as a new scheduler opens it."""

    @abstractmethod
    def everything_of(self, seen: Observed) -> set[int]:
        """All processes that exist because of the replica."""

    @property
    @abstractmethod
    def bounds_children(self) -> bool: ...

    @property
    @abstractmethod
    def root(self) -> Path:
        """The folder of all that the engine writes for us."""

    @abstractmethod
    def limit_disk(self, size: int) -> None: ...

    @abstractmethod
    async def left_of(self, seen: Observed) -> list[str]:
        """What is still there of a replica that was forgotten."""

    @abstractmethod
    async def written_into(self, prepared: Prepared) -> list[str]:
        """Names in what replicas are started from, but for its own."""

    def files(self, program: str) -> dict[str, str]:
        return {"app.py": (HERE / program).read_text()}

    def checkout(self, name: str, files: dict[str, str]) -> Path:
        tree = self.folder / "checkouts" / name
        for path, text in files.items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_text(text)
        return tree

    async def prepared(self, program: str = "echo_app.py", project: str = "acme") -> Prepared:
        tree = self.checkout(f"{project}-{program}", self.files(program))
        build = BuildSpec(project_id=project, commit=program, checkout=tree)
        made = await self.any_runtime.prepare(build, lambda _: None)
        assert isinstance(made, Prepared), made
        return made

    async def start(
        self,
        replica_id: str = "r1",
        *,
        prepared: Prepared | None = None,
        project: str = "acme",
        environment: dict[str, str] | None = None,
        memory_mb: int = 512,
        port: int = 8000,
        is_web: bool = True,
    ) -> Observed:
        seen = await self.try_start(
            replica_id,
            prepared=prepared or await self.prepared(project=project),
            project=project,
            environment=environment,
            memory_mb=memory_mb,
            port=port,
        )
        assert isinstance(seen, Observed), seen
        if is_web:
            await eventually(lambda: answers(seen.address))
        return seen

    async def try_start(
        self,
        replica_id: str,
        *,
        prepared: Prepared,
        project: str = "acme",
        environment: dict[str, str] | None = None,
        memory_mb: int = 512,
        port: int = 8000,
    ) -> Observed | StartFailed:
        return await self.any_runtime.start(
            ReplicaSpec(
                replica_id=replica_id,
                service_id="s1",
                project_id=project,
                deployment_id="d1",
                ordinal=0,
                generation=1,
                prepared=prepared,
                environment=environment or {},
                port=port,
                cpu=2,
                memory_mb=memory_mb,
            )
        )

    async def observed(self, replica_id: str = "r1") -> Observed:
        return next(one for one in await self.any_runtime.list() if one.replica_id == replica_id)

    async def ended(self, replica_id: str = "r1") -> Observed:
        async def has_ended() -> bool:
            return (await self.observed(replica_id)).exit is not None

        await eventually(has_ended)
        return await self.observed(replica_id)

    async def lines(self, replica_id: str = "r1") -> list[LogLine]:
        found: list[LogLine] = []
        cursor = 0
        while True:
            page = await self.any_runtime.lines(replica_id, after=cursor, limit=10_000)
            if not page.lines:
                return found
            found += page.lines
            cursor = page.cursor

    async def messages(self, replica_id: str = "r1") -> list[str]:
        return [line.message for line in await self.lines(replica_id)]

    async def close(self) -> None:
        for one in await self.any_runtime.list():
            await self.any_runtime.stop(one.replica_id, grace_seconds=0, force=True)
            await self.any_runtime.forget(one.replica_id)
        await self.any_runtime.close()


async def get(address: str, path: str, **asked: object) -> Any:
    query = f"?{urlencode(asked)}" if asked else ""
    return json.loads(await exchange(address, f"GET {path}{query} HTTP/1.1", b""))


async def post(address: str, body: bytes) -> bytes:
    return await exchange(address, "POST / HTTP/1.1", body)


async def exchange(address: str, line: str, body: bytes) -> bytes:
    async with asyncio.timeout(WAIT_SECONDS):
        reader, writer = await connect(address)
        head = f"{line}\r\nHost: app\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        answer = await reader.read()
        writer.close()
    status, _, content = answer.partition(b"\r\n\r\n")
    if not status.startswith((b"HTTP/1.1 200", b"HTTP/1.0 200")):
        raise ConnectionError(status[:200])
    return content


async def connect(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if address.startswith("unix@"):
        return await asyncio.open_unix_connection(address.removeprefix("unix@"))
    host, port = address.split(":")
    return await asyncio.open_connection(host, int(port))


async def answers(address: str) -> bool:
    try:
        reader, writer = await connect(address)
        writer.write(b"OPTIONS * HTTP/1.0\r\n\r\n")
        answered = await reader.read(4)
        writer.close()
    except OSError:
        return False
    return answered == b"HTTP"


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not await holds():
        assert time.monotonic() < deadline, "did not come true in time"
        await asyncio.sleep(0.03)


def is_running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] not in {b"Z", b"X"}
    except OSError:
        return False


def tree_of(root: int) -> set[int]:
    """A process and all below it."""
    parents: dict[int, list[int]] = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                parent = int(file.read().rpartition(b")")[2].split()[1])
        except OSError:
            continue
        parents.setdefault(parent, []).append(int(name))
    found, queue = {root}, [root]
    while queue:
        below = parents.get(queue.pop(), [])
        found.update(below)
        queue.extend(below)
    return found
