"""A real HAProxy, replicas that record what reaches them, and a client that speaks raw bytes."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from services.edge.haproxy import RUNTIME_SOCKET, Layout, command, find, write
from services.edge.reconcile import Reconciler
from services.edge.runtime_socket import RuntimeSocket
from shared.bus.routes import Backend, Hold, RouteAck, RouteTable
from shared.runtime.clock import SystemClock

HOST = "api.acme.localhost"
LAYOUT = Layout(host="127.0.0.1", port=1, slots=20, stop_seconds=1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class HaproxyProcess:
    def __init__(self, folder: Path, layout: Layout | None = None) -> None:
        self.folder = folder
        self.port = free_port()
        self.layout = replace(layout or LAYOUT, port=self.port)
        self.runtime = RuntimeSocket(folder / RUNTIME_SOCKET)
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        write(self.layout, self.folder)
        with (self.folder / "haproxy.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *command(find(None), self.folder), stdout=log, stderr=log
            )
        await eventually(lambda: accepts(self.port))

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def kill(self) -> None:
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def get(self, path: str = "/", *, host: str = HOST, **more: str) -> "Answer":
        return await get(self.port, path, host=host, **more)


@dataclass(slots=True)
class Replica:
    """Answers every request with its name; keeps the heads of what it got. `slow` requests wait
    for `release`."""

    name: str
    heads: list[bytes] = field(default_factory=list)
    release: asyncio.Event = field(default_factory=asyncio.Event)
    address: str = ""
    server: asyncio.Server | None = None

    async def start(self, folder: Path | None = None) -> "Replica":
        if folder is None:
            self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
            self.address = f"127.0.0.1:{self.server.sockets[0].getsockname()[1]}"
        else:
            path = folder / f"{self.name}.sock"
            self.server = await asyncio.start_unix_server(self._serve, path)
            self.address = f"unix@{path}"
        return self

    def stop(self) -> None:
        if self.server is not None:
            self.server.close()

    def backend(self, *, draining: bool = False) -> Backend:
        return Backend(
            replica_id=self.name,
            address=self.address,
            state="draining" if draining else "ready",
        )

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Cancelled: a test ends while an answer is held back.
        with contextlib.suppress(
            asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError
        ):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head)
                await self._answer(head, reader, writer)
        writer.close()

    async def _answer(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        lowered = head.lower()
        if b"upgrade: websocket" in lowered:
            writer.write(
                b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n"
                b"connection: upgrade\r\n"
                b"sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"  # of RFC 6455's key
            )
            while received := await reader.read(4096):
                writer.write(received)
            return
        if b"transfer-encoding: chunked" in lowered:
            self.heads[-1] += await reader.readuntil(b"0\r\n\r\n")
        elif (length := _content_length(lowered)) > 0:
            self.heads[-1] += await reader.readexactly(length)
        path = head.split(b" ", 2)[1]
        if path == b"/slow":
            await self.release.wait()
        if path == b"/stream":
            await self._stream(writer)
            return
        if path == b"/break":
            writer.transport.abort()
            return
        status = b"500 Broken" if path == b"/500" else b"200 OK"
        body = self.name.encode()
        writer.write(b"HTTP/1.1 %s\r\ncontent-length: %d\r\n\r\n%s" % (status, len(body), body))
        await writer.drain()

    async def _stream(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        await self.release.wait()
        writer.write(b"4\r\nlast\r\n0\r\n\r\n")


def _content_length(lowered_head: bytes) -> int:
    for line in lowered_head.split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.split(b":")[1])
    return 0


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


async def get(port: int, path: str = "/", *, host: str = HOST, method: str = "GET") -> Answer:
    head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    return parse(await raw(port, head.encode("latin-1")))


async def raw(port: int, request: bytes, *, seconds: float = 10.0) -> bytes:
    """Everything that comes back until the other side closes (or `seconds` have passed)."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    received = b""
    try:
        writer.write(request)
        async with asyncio.timeout(seconds):
            while chunk := await reader.read(65536):
                received += chunk
    except (TimeoutError, ConnectionError):
        return received
    finally:
        writer.close()
    return received


def parse(answer: bytes) -> Answer:
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    if len(lines[0].split(" ")) < 2:
        raise AssertionError(f"no answer: {answer!r}")
    pairs = (line.partition(": ") for line in lines[1:])
    headers = {name.lower(): value for name, _, value in pairs}
    return Answer(int(lines[0].split(" ")[1]), headers, body)


class Client:
    """A keep-alive connection."""

    def __init__(self, port: int, host: str = HOST) -> None:
        self._port, self._host = port, host
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str = "/") -> tuple[int, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(_content_length(head.lower()))
        return int(head.split(b" ", 2)[1]), body

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()


class Edge:
    """The reconciler on a real HAProxy, without a bus."""

    def __init__(self, haproxy: HaproxyProcess, *, drain_seconds: float = 30.0) -> None:
        self.acks: list[RouteAck] = []
        self.reconciler = Reconciler(
            edge_id="edge-test",
            runtime=haproxy.runtime,
            clock=SystemClock(),
            ack=self.acks.append,
            own_hosts=frozenset({"console.example.com"}),
            drain_seconds=drain_seconds,
        )
        self._task: asyncio.Task[None] | None = None

    def start(self) -> "Edge":
        self._task = asyncio.create_task(self.reconciler.run())
        return self

    async def kill(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def route(self, table: RouteTable) -> RouteAck:
        """Returns when the edge has acked this very generation."""
        self.acks.clear()
        self.reconciler.take(table.service_id, table)
        await eventually(lambda: bool(self._acks_of(table)))
        return self._acks_of(table)[0]

    def _acks_of(self, table: RouteTable) -> list[RouteAck]:
        return [
            ack
            for ack in self.acks
            if ack.service_id == table.service_id and ack.generation == table.generation
        ]


def table(
    *backends: Backend,
    service_id: str = "s1",
    generation: int = 1,
    hosts: tuple[str, ...] = (HOST,),
    hold: Hold | None = None,
    gone: bool = False,
    down: bool = False,
) -> RouteTable:
    return RouteTable(
        service_id=service_id,
        generation=generation,
        state="gone" if gone else "down" if down else "live",
        hosts=hosts,
        backends=backends,
        hold=hold or Hold(limit=100, seconds=5.0),
        name="api",
        namespace="acme",
        account_id="a1",
    )


async def eventually(holds: Callable[[], bool], *, seconds: float = 5.0) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while not holds():
        assert asyncio.get_running_loop().time() < deadline, "it never came true"
        await asyncio.sleep(0.01)


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextlib.asynccontextmanager
async def running(haproxy: HaproxyProcess) -> AsyncIterator[HaproxyProcess]:
    await haproxy.start()
    try:
        yield haproxy
    finally:
        await haproxy.kill()
