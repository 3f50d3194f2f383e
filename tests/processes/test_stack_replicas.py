"""What becomes of running services when parts of the stack, or all of it, go away and come back."""

import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.git import push
from tests.support.outpost import Outpost, admin
from tests.support.stack import Stack, running_stack, until

pytestmark = [pytest.mark.stack, pytest.mark.slow]

# Says which start of it answers: another start, another stamp.
STAMPED = """
import os, uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STAMP = uuid.uuid4().hex.encode()

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", "34")
        self.end_headers()
        self.wfile.write(b'"' + STAMP + b'"')

ThreadingHTTPServer(("", int(os.environ["PORT"])), Handler).serve_forever()
"""
NAME = "stamped"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Stack]:
    with running_stack(tmp_path) as started:
        yield started


def deploy(stack: Stack) -> Outpost:
    files = {"app.py": STAMPED, "Procfile": "web: python app.py\n"}
    push(stack.repositories, f"default/{NAME}", files)
    outpost = admin(stack)
    assert outpost.create(name=NAME, repo=f"default/{NAME}").status == 201
    outpost.wait_status(NAME, "running")
    return outpost


def stamp(outpost: Outpost) -> object:
    answer = outpost.traffic(NAME, "/", seconds=30)
    assert answer.status == 200, answer
    return answer.body


def processes_of(stack: Stack) -> list[psutil.Process]:
    """Every process that names the data folder in its arguments: keepers, sandboxes, replicas."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if any(str(stack.data_dir) in word for word in words):
            found.append(process)
    return found


def test_a_service_answers_while_the_control_plane_is_killed(own: Stack) -> None:
    outpost = deploy(own)
    before = stamp(outpost)
    killed = {name: own.kill9(name) for name in ("scheduler", "edge", "query", "command", "nats")}
    assert stamp(outpost) == before
    for name, pid in killed.items():
        own.wait_restarted(name, pid)
    own.wait_ready()
    assert stamp(outpost) == before


def test_a_killed_supervisor_leaves_the_replicas_for_the_next_start(own: Stack) -> None:
    outpost = deploy(own)
    before = stamp(outpost)
    own.kill_supervisor()
    own.start()
    assert stamp(outpost) == before
    assert outpost.get(NAME).body["current_replicas"] == 1


def test_ctrl_c_ends_the_replicas_and_the_next_start_brings_them_back(own: Stack) -> None:
    outpost = deploy(own)
    before = stamp(outpost)
    names = {process.name() for process in processes_of(own)}
    assert names - {"postgres", "nats-server", "haproxy"}, "the replica is not to be seen"
    assert own.stop(signal.SIGINT) == 0
    until(lambda: not processes_of(own), 5, "the replicas to be gone")
    own.start()
    assert stamp(outpost) != before
    outpost.wait_status(NAME, "running")
