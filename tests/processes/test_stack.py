"""The whole stack under its supervisor: up, healed, stopped in order, up again with its data."""

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy.local.plans import SERVICES, STOP_ORDER
from tests.support.stack import Stack, new_stack, running_stack, until

pytestmark = [pytest.mark.stack, pytest.mark.slow]

WARM_SECONDS = 10.0
EVERYTHING = (*SERVICES, "nats", "haproxy", "postgres")


def supervisor_events(stack: Stack) -> list[dict[str, object]]:
    lines = stack.log_file("supervisor").read_text().splitlines()
    return [json.loads(line) for line in lines]


def leave_nothing(pids: dict[str, int]) -> None:
    deadline = time.monotonic() + 45
    while left := [name for name, pid in pids.items() if alive(pid)]:
        assert time.monotonic() < deadline, f"still there: {left}"
        time.sleep(0.1)


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def pids(stack: Stack) -> dict[str, int]:
    found = {name: stack.pid(name) for name in EVERYTHING}
    missing = [name for name, pid in found.items() if pid is None]
    assert not missing
    return {name: pid for name, pid in found.items() if pid is not None}


def test_the_ready_line_says_where_who_and_what_to_try(stack: Stack) -> None:
    for word in (stack.gateway_url, stack.edge_url, stack.token, "Isolation", "curl -s"):
        assert word in stack.output


def test_no_secret_is_in_an_argument_or_an_environment(stack: Stack) -> None:
    secrets = [
        file.read_bytes().strip() for file in (stack.data_dir / "keys").rglob("*") if file.is_file()
    ]
    assert len(secrets) > 10
    for name, pid in pids(stack).items():
        shown = (
            Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
        )
        assert not [secret for secret in secrets if secret in shown], name


def test_everything_but_gateway_edge_and_bus_listens_on_no_port(stack: Stack) -> None:
    for name, pid in pids(stack).items():
        listening = [
            connection.laddr
            for connection in psutil.Process(pid).net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        ]
        assert all(address.ip == "127.0.0.1" for address in listening), name
        assert len(listening) == (1 if name in ("gateway", "haproxy", "nats") else 0), name


@pytest.mark.parametrize("process", EVERYTHING)
def test_what_is_killed_comes_back_and_the_stack_is_ready_again(stack: Stack, process: str) -> None:
    others = {name: pid for name, pid in pids(stack).items() if name != process}
    stack.wait_restarted(process, stack.kill9(process))
    stack.wait_ready()
    assert {name: pid for name, pid in pids(stack).items() if name != process} == others


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Stack]:
    with running_stack(tmp_path) as started:
        yield started


def test_ctrl_c_stops_everything_in_order_and_the_next_start_is_quick(own: Stack) -> None:
    before = pids(own)
    token = own.token
    assert own.stop(signal.SIGINT) == 0
    leave_nothing(before)
    stopped = [e["child"] for e in supervisor_events(own) if e["event"] == "child_stopped"]
    assert tuple(stopped) == STOP_ORDER
    assert not [e for e in supervisor_events(own) if e["event"] == "child_killed"]
    started = time.monotonic()
    own.start()
    assert time.monotonic() - started < WARM_SECONDS
    assert own.token == token


def test_a_supervisor_that_is_killed_takes_the_processes_along_and_starts_anew(
    own: Stack,
) -> None:
    before = pids(own)
    own.kill_supervisor()
    del before["postgres"]  # It is left and adopted: stopping it hard would only cost a recovery.
    leave_nothing(before)
    own.start()
    assert own.ready()


def test_two_stacks_run_side_by_side(stack: Stack, tmp_path: Path) -> None:
    with running_stack(tmp_path) as other:
        assert stack.ready()
        assert other.ready()
        assert other.token != stack.token
        assert not set(pids(stack).values()) & set(pids(other).values())


def test_a_given_token_is_the_admins_and_leaves_the_environment(tmp_path: Path) -> None:
    with running_stack(tmp_path, admin_token="my-own-token") as stack:
        assert stack.token == "my-own-token"
        assert "my-own-token" in stack.output
        for name, pid in pids(stack).items():
            environment = Path(f"/proc/{pid}/environ").read_bytes()
            assert b"my-own-token" not in environment, name


def test_a_stack_asked_to_stop_while_it_starts_stops(tmp_path: Path) -> None:
    stack = new_stack(tmp_path)
    process = stack.begin()
    until(lambda: "Postgres is up" in stack.output, 30, "Postgres")
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert stack.pid("postgres") is None


def test_a_stack_asked_to_stop_while_its_database_is_made_leaves_none(tmp_path: Path) -> None:
    stack = new_stack(tmp_path)
    process = stack.begin()
    until((stack.data_dir / "postgres").exists, 30, "the database to be made")
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert stack.pid("postgres") is None
