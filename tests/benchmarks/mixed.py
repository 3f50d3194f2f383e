"""Create, get, list, update, delete, and again: what ZenML's own server and ours take alike.

Each client makes one life of a service after another on a connection that is kept; a list is the
first page of 20 of all that is stored."""

import asyncio
import itertools
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.load import request
from tests.benchmarks.zenml_server import Served

REQUEST_SECONDS = 60.0
KINDS = ("create", "get", "list", "update", "delete")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixed:
    clients: int
    per_second: float
    failed: int
    p50_ms: dict[str, float]


async def mixed(served: Served, *, clients: int, seconds: float) -> Mixed:
    times: defaultdict[str, list[float]] = defaultdict(list)
    failed = 0
    names = itertools.count()
    run = f"{time.monotonic_ns():x}"[-8:]
    started = time.perf_counter()

    async def one() -> None:
        nonlocal failed
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        try:
            while time.perf_counter() - started < seconds:
                made = ""
                for kind, sent in _life(served, f"mixed-{run}-{next(names)}"):
                    at = time.perf_counter()
                    writer.write(sent.replace(b"MADE", made.encode()))
                    async with asyncio.timeout(REQUEST_SECONDS):
                        status, answer = await _answer(reader)
                    times[kind].append(time.perf_counter() - at)
                    failed += status != 200
                    if kind == "create" and status == 200:
                        made = answer["id"]
        finally:
            writer.close()

    await asyncio.gather(*(one() for _ in range(clients)))
    took = time.perf_counter() - started
    return Mixed(
        clients=clients,
        per_second=sum(map(len, times.values())) / took,
        failed=failed,
        p50_ms={kind: 1000 * statistics.median(times[kind]) for kind in KINDS},
    )


def _life(served: Served, name: str) -> Iterator[tuple[str, bytes]]:
    def sent(method: str, path: str, body: Any = None) -> bytes:
        return request(
            method,
            f"/api/v1/services{path}",
            host=f"127.0.0.1:{served.port}",
            token=served.token,
            body=json.dumps(body).encode() if body is not None else b"",
        )

    yield "create", sent("POST", "", served.service(name))
    yield "get", sent("GET", "/MADE")
    yield "list", sent("GET", f"?project={served.project}&size=20&sort_by=desc:created")
    yield "update", sent("PUT", "/MADE", {"labels": {"team": "planning"}})
    yield "delete", sent("DELETE", "/MADE")


async def _answer(reader: asyncio.StreamReader) -> tuple[int, Any]:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    body = await reader.readexactly(length)
    return int(head[9:12]), json.loads(body)
