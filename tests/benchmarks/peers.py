"""Ours beside the real ZenML server: the same mixed load, over as many services stored.

`python -m tests.benchmarks.peers`; ZenML's server is installed from its lock when first needed."""

import argparse
import asyncio
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.kernel.ids import to_uuid
from tests.benchmarks.load import drive, request
from tests.benchmarks.mixed import KINDS, Mixed, mixed
from tests.benchmarks.zenml_server import Served, zenml_server
from tests.support.outpost import admin
from tests.support.stack import running_stack

STORED = (100, 10_000)
CLIENTS = (1, 16)
SECONDS = 8.0
FILLERS = 32


@contextmanager
def our_gateway(folder: Path, stored: int) -> Iterator[Served]:
    with running_stack(folder, rate_limits="off") as stack:
        project = admin(stack).ops("GET", "projects/default").body["id"]
        served = Served(port=stack.gateway_port, token=stack.token, project=str(to_uuid(project)))
        asyncio.run(_fill(served, stored))
        yield served


async def _fill(served: Served, stored: int) -> None:
    """Through the front door."""
    host = f"127.0.0.1:{served.port}"

    def create(number: int) -> bytes:
        said = json.dumps(served.service(f"stored-{number}")).encode()
        return request("POST", "/api/v1/services", host=host, token=served.token, body=said)

    made = await drive(
        ("127.0.0.1", served.port),
        create,
        clients=FILLERS,
        requests=stored,
        expected=200,
        seconds=600.0,
    )
    if made.failed or made.requests != stored:
        raise RuntimeError(f"{made.requests} of {stored} services made, {made.failed} failed")


def measure(
    stored: int, seconds: float = SECONDS, kinds: tuple[str, ...] = ("ours", "zenml")
) -> dict[str, list[Mixed]]:
    found: dict[str, list[Mixed]] = {}
    for name, place in (("ours", our_gateway), ("zenml", zenml_server)):
        if name not in kinds:
            continue
        with (
            tempfile.TemporaryDirectory(prefix="cp-peer-") as folder,
            place(Path(folder), stored) as served,
        ):
            found[name] = [
                asyncio.run(mixed(served, clients=clients, seconds=seconds)) for clients in CLIENTS
            ]
    return found


def print_table(stored: tuple[int, ...] = STORED, seconds: float = SECONDS) -> None:
    print(
        "| Mixed load of ZenML's API | stored | clients | requests/s | failed | p50 ms of", end=""
    )
    print(f" {', '.join(KINDS)} |\n| --- | --- | --- | --- | --- | --- |")
    for count in stored:
        found = measure(count, seconds)
        for name, rows in found.items():
            for row in rows:
                times = ", ".join(f"{row.p50_ms[kind]:.1f}" for kind in KINDS)
                print(
                    f"| {name} | {count:,} | {row.clients} | {row.per_second:,.0f}"
                    f" | {row.failed} | {times} |",
                    flush=True,
                )
        for ours, theirs in zip(found["ours"], found["zenml"], strict=True):
            ratio = ours.per_second / theirs.per_second
            print(f"| ratio | {count:,} | {ours.clients} | {ratio:.1f} | | |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stored", type=int, nargs="*", default=STORED)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    arguments = parser.parse_args()
    print_table(tuple(arguments.stored), arguments.seconds)


if __name__ == "__main__":
    main()
