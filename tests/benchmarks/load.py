"""A closed loop of keep-alive HTTP clients on raw asyncio: cheap enough to share two cores with
what it measures. Bounded in requests and in time."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

REQUEST_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Latencies in milliseconds; `failed` counts every answer that was not the expected status."""

    clients: int
    requests: int
    failed: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


def request(
    method: str, path: str, *, host: str, token: str | None = None, body: bytes = b""
) -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n"
    if token is not None:
        head += f"Authorization: Bearer {token}\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


async def drive(
    address: tuple[str, int],
    make: Callable[[int], bytes],
    *,
    clients: int,
    requests: int,
    expected: int,
    seconds: float = 20.0,
) -> Result:
    """`make(n)` gives the bytes of the n-th request. Stops at `requests` or after `seconds`."""
    numbers = iter(range(requests))
    latencies: list[float] = []
    failed = 0
    deadline = time.perf_counter() + seconds

    async def client() -> None:
        nonlocal failed
        reader, writer = await asyncio.open_connection(*address)
        try:
            for number in numbers:
                started = time.perf_counter()
                if started > deadline:
                    return
                writer.write(make(number))
                async with asyncio.timeout(REQUEST_SECONDS):
                    status = await _answer(reader)
                latencies.append(time.perf_counter() - started)
                if status != expected:
                    failed += 1
        finally:
            writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    took = time.perf_counter() - started
    ordered = sorted(latencies)
    return Result(
        clients=clients,
        requests=len(ordered),
        failed=failed,
        seconds=took,
        p50_ms=1000 * ordered[len(ordered) // 2],
        p99_ms=1000 * ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))],
    )


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    lowered = head.lower()
    at = lowered.find(b"content-length:")
    if at >= 0:
        end = lowered.index(b"\r\n", at)
        await reader.readexactly(int(lowered[at + 15 : end]))
    elif b"transfer-encoding: chunked" in lowered:
        while (size := int((await reader.readline()).split(b";")[0], 16)) > 0:
            await reader.readexactly(size + 2)
        await reader.readline()
    return status
