"""`make bench`: every figure of the README in one run, printed as its table."""

import asyncio
import os
import platform
import statistics
import tempfile
from pathlib import Path

from deploy.postgres.migrate import migrate
from tests.benchmarks import (
    appends,
    control,
    control_on_the_stack,
    gateway,
    jobs,
    lag,
    lists,
    peers,
    prober,
    starts,
)
from tests.benchmarks.eventsourced import eventsourcing
from tests.support.postgres import PASSWORDS, Database, embedded_postgres
from tests.support.stack import new_stack


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="cp-bench-") as folder:
        stack = new_stack(Path(folder))
        try:
            cold = starts.start_seconds(stack)
            chain = gateway.run(stack)
            lags = lag.run(stack)
            first_bytes = starts.replica_to_first_byte(stack)
            stack.stop()
            warm = starts.start_seconds(stack)
        finally:
            stack.end()
    print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, everything on one machine\n"
    )
    print("| Through the gateway | clients | requests/s | p50 ms | p99 ms | failed |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, r in chain:
        print(
            f"| {name} | {r.clients} | {r.per_second:,.0f} | {r.p50_ms:.1f} | {r.p99_ms:.1f} "
            f"| {r.failed} |"
        )
    print(
        "\n| Events/s, one durable append each | clients | ours | bare INSERT (pgbench) | ratio "
        "| `eventsourcing` 9.5 | ratio |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for clients, ours, bare, peer in _appends():
        print(
            f"| append | {clients} | {ours:,.0f} | {bare:,.0f} | {ours / bare:.2f} "
            f"| {peer:,.0f} | {ours / peer:.1f} |"
        )
    print("\n| One prober, a round every 10 s | targets | probes/s | cores | lag p99 ms | max ms |")
    print("| --- | --- | --- | --- | --- | --- |")
    for p in prober.run():
        print(
            f"| {p.kind} | {p.targets:,} | {p.probes_per_second:,.0f} | {p.cpu:.2f} "
            f"| {p.lag_p99 * 1000:.1f} | {p.lag_max * 1000:.0f} |"
        )
    control.show(control.run())
    control_on_the_stack.show(control_on_the_stack.run())
    sizes = " | ".join(f"of {size:,}" for size in lists.SIZES)
    print(f"\n| A page of 20 services, ms at best | {sizes} |")
    print("| --- | --- | --- |")
    for name, times in lists.run():
        print(f"| {name} | {' | '.join(f'{ms:.1f}' for ms in times)} |")
    print()
    peers.print_table()
    print("\n| What | measured |")
    print("| --- | --- |")
    print(f"| event committed → visible in its view | p50 {lags[0]:.1f} ms, p99 {lags[1]:.1f} ms |")
    print(f"| cold start of the stack (environment installed) | {cold:.1f} s |")
    print(f"| warm start on existing data | {warm:.1f} s |")
    print(f"| create answered → first routed byte | {statistics.median(first_bytes):.2f} s |")
    print(jobs.row(jobs.measured()))


def _appends() -> list[tuple[int, float, float, float]]:
    rows: list[tuple[int, float, float, float]] = []
    with (
        tempfile.TemporaryDirectory(prefix="cp-bench-pg-") as folder,
        embedded_postgres(durable=True) as server,
    ):
        database = Database(admin=server.dsn())
        asyncio.run(migrate(database.admin, PASSWORDS))
        for clients in appends.CLIENTS:
            ours = asyncio.run(appends.ours(database.command, clients))
            bare = appends.theirs(database.admin, clients, Path(folder))
            peer = eventsourcing(database.admin, clients, Path(folder))
            rows.append((clients, ours, bare, peer))
    return rows


if __name__ == "__main__":
    main()
