"""A backup is taken under writes, more is written, the machine is lost: what was acknowledged
before the backup is there again, the log fits its seals, and all goes on elsewhere."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest

from tests.faults.checks import Log, check_bus, check_order, check_told, check_views, read_log
from tests.faults.house import WATCHED, house
from tests.faults.load import Told
from tests.support.apps import echo
from tests.support.git import push
from tests.support.outpost import Outpost, admin, wait_for
from tests.support.stack import ROOT, Stack, new_stack, until

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.xdist_group("backup")]

CLIENTS = 2
ANSWERS = 4  # of every client, before the backup, and again after it


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    outpost: Outpost
    position: int
    told: list[Told]  # before the backup was begun
    before: Log  # of the stack that is lost, at its end
    secret: str


@pytest.fixture(scope="module")
def restored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restored]:
    backup = tmp_path_factory.mktemp("backups") / "monday"
    with house(tmp_path_factory.mktemp("lost"), clients=CLIENTS) as at_work:
        at_work.load.grow(by=ANSWERS, seconds=40)
        told = at_work.load.told()
        run_local(at_work.stack, "backup", str(backup))
        at_work.load.grow(by=ANSWERS, seconds=40)
        at_work.load.stop()
        assert [client.failure for client in at_work.load.clients] == [None] * CLIENTS
        before = asyncio.run(read_log(at_work.stack))
        secret = at_work.stack.token
    stack = new_stack(tmp_path_factory.mktemp("elsewhere"))
    run_local(stack, "restore", str(backup))
    position = json.loads((backup / "manifest.json").read_text())["position"]
    try:
        stack.start()
        yield Restored(
            outpost=admin(stack), position=position, told=told, before=before, secret=secret
        )
    finally:
        stack.end()


def run_local(stack: Stack, *command: str) -> None:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("CHRONO")}
    done = subprocess.run(
        [sys.executable, "-m", "deploy.local", *command],
        cwd=ROOT,
        env={**kept, "CHRONOPLANE_DATA_DIR": str(stack.data_dir)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


async def test_what_was_acknowledged_before_the_backup_is_there(restored: Restored) -> None:
    log = await read_log(restored.outpost.stack)
    check_order(log)
    assert max(one.position for one in restored.told) <= restored.position
    assert restored.position < len(restored.before.events), "nothing was written after the backup"
    until_backup = slice(0, restored.position)
    assert ids(log)[until_backup] == ids(restored.before)[until_backup]
    check_told(Log(log.events[until_backup]), restored.told)


async def test_the_bus_and_the_views_are_those_of_the_restored_log(restored: Restored) -> None:
    stack = restored.outpost.stack
    await check_bus(stack, restored.position)
    await check_views(stack)


def test_the_log_fits_its_seals_and_the_witness(restored: Restored) -> None:
    started = (restored.outpost.stack.data_dir / "lock").stat().st_mtime

    def verified() -> dict[str, object] | None:
        found = restored.outpost.ops("GET", "integrity").body
        last = found["verification"]
        # The one before the backup came along in the database.
        if last is None or datetime.fromisoformat(last["at"]).timestamp() < started:
            return None
        return {**found, **last}

    found = wait_for(verified, 60, lambda: "the log to be verified")
    assert (found["bad_position"], found["reason"]) == (None, None)
    witness = restored.outpost.stack.data_dir / "witness" / "checkpoints.jsonl"
    assert json.loads(witness.read_text().splitlines()[-1])["blocks"] >= 1


def test_keys_are_the_same_and_nobody_else_reads_them(restored: Restored) -> None:
    keys = restored.outpost.stack.data_dir / "keys"
    assert restored.outpost.stack.token == restored.secret
    assert restored.outpost.ops("GET", "whoami").status == 200
    secret = [path for path in keys.rglob("*") if path.is_file() and path.suffix != ".pub"]
    assert len(secret) > 10
    assert [path for path in secret if path.stat().st_mode & 0o077] == []


def test_the_running_service_runs_again_and_follows_its_repository(restored: Restored) -> None:
    outpost = restored.outpost
    outpost.wait_status(WATCHED, "running")
    assert outpost.traffic(WATCHED, "/again").body["version"] == "1"
    push(outpost.stack.repositories, f"default/{WATCHED}", echo("2"))
    until(lambda: outpost.traffic(WATCHED).body["version"] == "2", 60, "the pushed version")


def test_the_past_is_still_answered_and_writes_go_on(restored: Restored) -> None:
    outpost = restored.outpost
    first = next(one for one in restored.told if one.kind == "create")
    then = outpost.get(first.name, f"?as_of={first.position}")
    assert (then.status, then.body["name"]) == (200, first.name)
    made = outpost.create(name="afterwards", image="registry.example/app:1")
    assert made.status == 201, made
    assert int(made.headers["log-position"]) > restored.position
    assert outpost.get("afterwards").status == 200


def ids(log: Log) -> list[str]:
    return [event.event_id for event in log.events]
