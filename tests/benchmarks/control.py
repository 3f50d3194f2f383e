"""The edge and the autoscaler: what a request costs beside a bare HAProxy with one backend, a
hundred held requests, a hundred changes of endpoints under load, and a step of the autoscaler.

`python -m tests.benchmarks.control`; part of `make bench`. The upstream is another process."""

import asyncio
import multiprocessing
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import psutil
import uvloop

from services.edge.haproxy import REQUEST_SOCKET, find
from services.edge.request_log import listen
from shared.autoscale.decide import decide
from shared.bus.routes import Backend, Hold
from tests.benchmarks.load import Result, drive, request
from tests.edge.harness import HOST, Client, Edge, HaproxyProcess, free_port, running, table
from tests.scheduler.test_autoscaling import load, of, sight

CLIENTS, REQUESTS = 64, 40_000
HELD, CHANGES, STEPS = 100, 100, 20_000
WAIT_SECONDS = 0.5
START_SECONDS = 10.0
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
BARE = """
global
  maxconn 4000
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend all
  bind 127.0.0.1:{port}
  default_backend one
backend one
  server one 127.0.0.1:{upstream}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """`cpu_us`: HAProxy's processor time for one request."""

    name: str
    cpu_us: float
    result: Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """`held_ms`: from the replica's being ready to the last answer."""

    costs: tuple[Cost, ...]
    held_answered: int
    held_ms: float
    changes: int
    change_requests: int
    change_failed: int
    step_us: float


class _Answering(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._transport.write(ANSWER * data.count(b"\r\n\r\n"))  # type: ignore[attr-defined]  # a stream


def _serve(pipe: Connection) -> None:
    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(_Answering, "127.0.0.1", 0, backlog=4096)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    uvloop.run(serve())


@contextmanager
def upstream() -> Iterator[int]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=_serve, args=(theirs,), daemon=True)
    server.start()
    yield int(ours.recv())
    server.terminate()
    server.join(5)


@asynccontextmanager
async def bare(folder: Path, port_of_upstream: int) -> AsyncIterator[tuple[int, int]]:
    """Its port and its process."""
    port, config = free_port(), folder / "bare.cfg"
    config.write_text(BARE.format(port=port, upstream=port_of_upstream))
    process = await asyncio.create_subprocess_exec(find(None), "-db", "-f", str(config))
    try:
        async with asyncio.timeout(START_SECONDS):
            while not await _accepts(port):
                await asyncio.sleep(0.02)
        yield port, process.pid
    finally:
        process.kill()
        await process.wait()


async def _accepts(port: int) -> bool:
    with suppress(OSError):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        return True
    return False


async def cost(name: str, port: int, pid: int) -> Cost:
    def make(_: int) -> bytes:
        return request("GET", "/", host=HOST)

    address, process = ("127.0.0.1", port), psutil.Process(pid)
    await drive(address, make, clients=CLIENTS, requests=REQUESTS // 10, expected=200)
    before = process.cpu_times()
    result = await drive(address, make, clients=CLIENTS, requests=REQUESTS, expected=200)
    after = process.cpu_times()
    used = after.user + after.system - before.user - before.system
    return Cost(name=name, cpu_us=used / result.requests * 1e6, result=result)


async def hold(edge: Edge, haproxy: HaproxyProcess, backend: Backend) -> tuple[int, float]:
    wide = Hold(limit=HELD, seconds=30.0)
    await edge.route(table(generation=2, hold=wide))
    waiting = [asyncio.create_task(haproxy.get()) for _ in range(HELD)]
    await asyncio.sleep(WAIT_SECONDS)
    assert not any(one.done() for one in waiting), "nobody was held"
    ready_at = time.perf_counter()
    routing = asyncio.create_task(edge.route(table(backend, generation=3, hold=wide)))
    answers = await asyncio.gather(*waiting)
    took = time.perf_counter() - ready_at
    await routing
    return sum(answer.status == 200 for answer in answers), took * 1000


async def change(edge: Edge, haproxy: HaproxyProcess, port: int) -> tuple[int, int]:
    """Requests, and those that failed, while a second replica comes and goes."""
    stays = Backend(replica_id="r1", address=f"127.0.0.1:{port}", state="ready")
    comes = Backend(replica_id="r2", address=f"127.0.0.1:{port}", state="ready")
    statuses: list[int] = []
    ended = asyncio.Event()

    async def ask() -> None:
        client = Client(haproxy.port)
        while not ended.is_set():
            try:
                status, _ = await client.get()
            except (OSError, asyncio.IncompleteReadError):
                client, status = Client(haproxy.port), 0
            statuses.append(status)
        client.close()

    asking = [asyncio.create_task(ask()) for _ in range(16)]
    for number in range(CHANGES):
        backends = (stays,) if number % 2 else (stays, comes)
        await edge.route(table(*backends, generation=4 + number))
    ended.set()
    await asyncio.gather(*asking)
    return len(statuses), sum(status != 200 for status in statuses)


def step_us() -> float:
    seen = sight(of(4), load=load(20.0))
    started = time.perf_counter()
    for _ in range(STEPS):
        decide(seen)
    return (time.perf_counter() - started) / STEPS * 1e6


async def measure(port: int, folder: Path) -> Measured:
    async with bare(folder, port) as (bare_port, bare_pid):
        costs = [await cost("HAProxy, one backend", bare_port, bare_pid)]
    async with running(HaproxyProcess(folder)) as haproxy:
        log = await listen(folder / REQUEST_SOCKET, lambda _: None, lambda _: None)
        edge = Edge(haproxy).start()
        try:
            backend = Backend(replica_id="r1", address=f"127.0.0.1:{port}", state="ready")
            await edge.route(table(backend))
            costs.append(await cost("the edge", haproxy.port, haproxy.pid))
            answered, held_ms = await hold(edge, haproxy, backend)
            asked, failed = await change(edge, haproxy, port)
        finally:
            await edge.kill()
            log.close()
    return Measured(
        costs=tuple(costs),
        held_answered=answered,
        held_ms=held_ms,
        changes=CHANGES,
        change_requests=asked,
        change_failed=failed,
        step_us=step_us(),
    )


def run() -> Measured:
    with tempfile.TemporaryDirectory(prefix="cp-bc-") as folder, upstream() as port:
        return uvloop.run(measure(port, Path(folder)))


def show(seen: Measured) -> None:
    print("\n| One hop, 64 clients | requests/s | p50 ms | p99 ms | HAProxy's CPU µs a request |")
    print("| --- | --- | --- | --- | --- |")
    for one in seen.costs:
        r = one.result
        print(
            f"| {one.name} | {r.per_second:,.0f} | {r.p50_ms:.2f} | {r.p99_ms:.2f} "
            f"| {one.cpu_us:.1f} |"
        )
    plain, ours = seen.costs
    print("\n| Control | measured | aim |")
    print("| --- | --- | --- |")
    print(f"| the edge's CPU for a request, against HAProxy | {ours.cpu_us / plain.cpu_us:.2f} | |")
    print(f"| {HELD} held requests: answered | {seen.held_answered} | {HELD} |")
    print(f"| the last of them after the replica was ready | {seen.held_ms:.0f} ms | 100 ms |")
    print(
        f"| {seen.changes} changes of endpoints: failed of {seen.change_requests:,} requests "
        f"| {seen.change_failed} | 0 |"
    )
    print(f"| a step of the autoscaler | {seen.step_us:.1f} µs | |")


if __name__ == "__main__":
    show(run())
