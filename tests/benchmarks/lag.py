"""Projection lag under load: from an event's commit to the checkpoint of the views passing it.

Both ends are read off the database's own clock; sixteen clients create projects meanwhile."""

import asyncio
import json

import psycopg

from tests.benchmarks.load import drive, request
from tests.support.stack import Stack

SECONDS = 8.0
CLIENTS = 16

_NEWEST = "select position, recorded_at from es.event order by position desc limit 1"
_PASSED = """
select extract(epoch from clock_timestamp() - %s::timestamptz) * 1000
  from view.checkpoint where state = 'live' having min(position) >= %s"""


def run(stack: Stack) -> tuple[float, float]:
    """(p50, p99) in milliseconds."""
    return asyncio.run(_run(stack))


async def _run(stack: Stack) -> tuple[float, float]:
    load = asyncio.create_task(_load(stack))
    lags: list[float] = []
    seen = 0
    async with await psycopg.AsyncConnection.connect(
        stack.superuser_dsn(), autocommit=True, prepare_threshold=0
    ) as connection:
        while not load.done():
            position, at = await (await connection.execute(_NEWEST)).fetchone() or (0, None)
            if position == seen:
                await asyncio.sleep(0.001)
                continue
            seen = position
            async with asyncio.timeout(10):
                while (
                    row := await (await connection.execute(_PASSED, (at, seen))).fetchone()
                ) is None:
                    await asyncio.sleep(0.0005)
            lags.append(float(row[0]))
    await load
    ordered = sorted(lags)
    return ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]


async def _load(stack: Stack) -> None:
    host = f"127.0.0.1:{stack.gateway_port}"

    def make(number: int) -> bytes:
        handle = f"lag-{number}"
        body = json.dumps({"handle": handle, "name": handle}).encode()
        return request("POST", "/ops/v1/projects", host=host, token=stack.token, body=body)

    await drive(
        ("127.0.0.1", stack.gateway_port),
        make,
        clients=CLIENTS,
        requests=100_000,
        expected=201,
        seconds=SECONDS,
    )
