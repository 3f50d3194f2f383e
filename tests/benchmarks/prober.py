"""One prober and ten thousand targets: CPU and lag, of replicas and of watched URLs.

The answering server is another process. Each probe is a fresh connection, as in earnest."""

import asyncio
import multiprocessing
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection

import uvloop
from prometheus_client import CollectorRegistry

from services.prober.address import ReplicaTarget, TcpAddress
from services.prober.judge import Answer, Verdict
from services.prober.measures import Meters
from services.prober.plan import Pace
from services.prober.probe import probe
from services.prober.rounds import Probe, Rounds, T
from services.prober.watching import Looker, WatchedUrl, pace_of
from shared.fetch import Fetcher, Policy
from shared.runtime.clock import SystemClock

TARGETS = 10_000
INTERVAL = 10.0
WARM_SECONDS = 12.0
MEASURE_SECONDS = 20.0
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """`cpu` in cores; lags in seconds: how much later than due a probe began."""

    kind: str
    targets: int
    probes_per_second: float
    cpu: float
    lag_p50: float
    lag_p99: float
    lag_max: float
    unhealthy: int
    told: int


async def measured(kind: str, targets: list[T], probe_one: Probe[T], pace: Pace) -> Measured:
    lags: list[float] = []
    unhealthy = 0
    told: list[Verdict] = []
    clock = SystemClock()
    measures = Meters(CollectorRegistry()).of(kind)
    began = measures.began

    def note(pool: str, *, lag: float) -> None:
        lags.append(lag)
        began(pool, lag=lag)

    measures.began = note  # type: ignore[method-assign]  # the measurement
    rounds: Rounds[T]

    async def counted(target: T, timeout: float) -> Answer:
        nonlocal unhealthy
        answer = await probe_one(target, timeout)
        unhealthy += not answer.is_healthy
        return answer

    rounds = Rounds(
        pace=pace,
        clock=clock,
        probe=counted,
        tell=lambda target, verdict, age: told.append(verdict),
        measures=measures,
    )
    running = asyncio.create_task(rounds.run())
    for target in targets:
        rounds.add(target, is_ready=True, age=60.0, seen_at=1)
    await asyncio.sleep(WARM_SECONDS)
    lags.clear()
    told.clear()
    unhealthy = 0
    before, cpu_before = clock.monotonic(), _cpu()
    await asyncio.sleep(MEASURE_SECONDS)
    seconds, cpu = clock.monotonic() - before, _cpu() - cpu_before
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert lags, "nothing was probed"
    ordered = sorted(max(lag, 0.0) for lag in lags)
    return Measured(
        kind=kind,
        targets=len(targets),
        probes_per_second=len(lags) / seconds,
        cpu=cpu / seconds,
        lag_p50=ordered[len(ordered) // 2],
        lag_p99=ordered[len(ordered) * 99 // 100],
        lag_max=ordered[-1],
        unhealthy=unhealthy,
        told=len(told),
    )


def replicas(port: int, *, silent_every: int = TARGETS + 1) -> list[ReplicaTarget]:
    return [
        ReplicaTarget(
            replica_id=f"{number:024x}",
            service_id="5" * 24,
            project_id="6" * 24,
            address=TcpAddress(host="127.0.0.1", port=port),
            path="/silent" if number % silent_every == 1 else "/health",
        )
        for number in range(TARGETS)
    ]


def urls(port: int) -> list[WatchedUrl]:
    return [
        WatchedUrl(
            service_id=f"{number:024x}",
            project_id="6" * 24,
            url=f"http://127.0.0.1:{port}/health/{number}",
            is_health_url=True,
        )
        for number in range(TARGETS)
    ]


async def measure(port: int) -> list[Measured]:
    looker = Looker(Fetcher(Policy.of("127.0.0.0/8")))
    return [
        await measured("replica", replicas(port), probe, Pace(interval=INTERVAL)),
        await measured(
            "replica, one in twenty silent",
            replicas(port, silent_every=20),
            probe,
            Pace(interval=INTERVAL),
        ),
        await measured("url", urls(port), looker.probe, pace_of(INTERVAL)),
    ]


@contextmanager
def answering() -> Iterator[int]:
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(theirs,), daemon=True
    )
    server.start()
    yield int(ours.recv())
    server.terminate()
    server.join(5)


class _Answering(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if b" /silent" not in data:
            self.transport.write(ANSWER)  # type: ignore[attr-defined]  # a stream
            self.transport.close()  # A silent one is left by the prober.


def _serve(pipe: Connection) -> None:
    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(_Answering, "127.0.0.1", 0, backlog=4096)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    uvloop.run(serve())


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def run() -> list[Measured]:
    with answering() as port:
        return uvloop.run(measure(port))


if __name__ == "__main__":
    for row in run():
        print(row)
