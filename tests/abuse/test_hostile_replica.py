"""A1 on the whole stack: a tenant's app, deployed as anybody deploys, reaches nothing of ours and
nothing of its neighbour's. (The same app against the runtime alone, as root and as a normal user:
tests/runtimes.)"""

import json
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from deploy.local.plans import SERVICES
from shared.runtime.places import socket_folder
from tests.abuse.tenants import CANARY, Tenants
from tests.faults.checks import nats_url
from tests.support.apps import echo
from tests.support.git import push
from tests.support.outpost import Answer, Outpost, admin, tenant, wait_for
from tests.support.stack import ROOT, Stack, running_stack

pytestmark = [pytest.mark.stack, pytest.mark.slow]

EVERYTHING = (*SERVICES, "nats", "haproxy", "postgres")
# The probe's own path is quick: what is tried is tried when the report is asked for.
QUICK = """    def do_GET(self) -> None:
        if self.path == "/health":
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
"""


def source() -> str:
    text = (ROOT / "tests" / "runtimes" / "hostile_app.py").read_text()
    return text.replace("    def do_GET(self) -> None:\n", QUICK, 1)


def targets(stack: Stack, neighbour: Outpost) -> dict[str, Any]:
    data = stack.data_dir
    sockets = [path for folder in (data, socket_folder(data)) for path in _sockets(folder)]
    nats = int(nats_url(stack).rpartition(":")[2])
    checkouts = [str(path) for path in data.rglob("*") if path.name in ("checkouts", "replicas")]
    return {
        "paths": [
            str(data),
            str(data / "keys" / "admin_token"),
            str(data / "postgres"),
            str(data / "repositories"),
            str(ROOT),
            *checkouts,
            "/root/.ssh",
            "/etc/shadow",
            "/var/run/docker.sock",
            "/sys/fs/cgroup",
        ],
        "sockets": sockets,
        "ports": [nats, stack.gateway_port, stack.edge_port, 22, 5432],
        "abstract": "chronoplane",
        "pids": [stack.supervisor_pid, *(pid for pid in pids(stack).values())],
    }


def _sockets(folder: Path) -> list[str]:
    return [str(path) for path in folder.rglob("*") if path.is_socket()]


def pids(stack: Stack) -> dict[str, int]:
    found = {name: stack.pid(name) for name in EVERYTHING}
    return {name: pid for name, pid in found.items() if pid is not None}


@pytest.fixture(scope="module")
def neighbour(tenants: Tenants) -> Outpost:
    """Beta runs something with a secret in its environment."""
    beta = tenants.beta
    push(beta.stack.repositories, "abuse-beta/neighbour", echo())
    made = beta.create(name="neighbour", repo="abuse-beta/neighbour", env={"SECRET": CANARY})
    assert made.status == 201, made
    beta.wait_status("neighbour", "running")
    return beta


@pytest.fixture(scope="module")
def report(tenants: Tenants, neighbour: Outpost) -> Answer:
    stack, acme = tenants.stack, tenants.acme
    files = {"app.py": source(), "Procfile": "web: python app.py\n"}
    push(stack.repositories, "abuse-acme/hostile", files)
    aims = targets(stack, neighbour)
    assert len(aims["sockets"]) >= 3, aims
    made = acme.create(name="hostile", repo="abuse-acme/hostile", env={"TARGETS": json.dumps(aims)})
    assert made.status == 201, made
    acme.wait_status("hostile", "running", 60)
    return acme.traffic("hostile", "/report", seconds=60)


@pytest.fixture(scope="module", autouse=True)
def isolated(stack: Stack) -> None:
    if "Isolation    isolated" not in stack.output:
        pytest.skip("this machine cannot isolate tenants")


def test_it_reaches_nothing(report: Answer) -> None:
    assert report.status == 200, report
    assert report.body["reached"] == []
    assert report.body["tried"] >= 30
    assert CANARY not in json.dumps(report.body)


def test_everything_of_ours_is_what_it_was(
    tenants: Tenants, neighbour: Outpost, report: Answer
) -> None:
    stack = tenants.stack
    assert set(pids(stack)) == set(EVERYTHING)
    assert neighbour.traffic("neighbour").status == 200
    assert stack.ready()


def test_its_logs_are_its_own(tenants: Tenants, neighbour: Outpost, report: Answer) -> None:
    lines = tenants.acme.logs("hostile", "?tail=1000").body["data"]
    assert CANARY not in json.dumps(lines)
    assert tenants.stack.token not in json.dumps(lines)


def test_a_bomb_of_processes_ends_with_its_service(tenants: Tenants, neighbour: Outpost) -> None:
    """Also a child that left its process group and session (THREATS row 6)."""
    acme, stack = tenants.acme, tenants.stack
    mark = "abuse-bomb-sleeps"
    app = f"""
import os, subprocess, sys
for _ in range(40):
    try:
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(999)", "{mark}"],
                         start_new_session=True)
    except OSError:
        break
{echo()["app.py"]}"""
    files = {"app.py": app, "Procfile": "web: python app.py\n"}
    push(stack.repositories, "abuse-acme/bomb", files)
    assert acme.create(name="bomb", repo="abuse-acme/bomb").status == 201
    acme.wait_status("bomb", "running", 60)
    assert sleepers(mark) > 0
    assert neighbour.traffic("neighbour", seconds=5).status == 200
    assert acme.delete("bomb", force=True).status == 204
    wait_for(lambda: sleepers(mark) == 0 or None, 20, lambda: f"{sleepers(mark)} to be gone")


def sleepers(mark: str) -> int:
    return sum(mark in (p.info["cmdline"] or []) for p in psutil.process_iter(["cmdline"]))


def test_where_tenants_cannot_be_isolated_only_the_admin_may_deploy(tmp_path: Path) -> None:
    with running_stack(tmp_path, isolation="trusted") as trusted:
        acme = tenant(trusted, "trusted-acme")
        before = len(events_of(trusted))
        refused = acme.create(name="web", image="registry.example/app:1")
        assert refused.status == 403
        assert refused.body["error"]["code"] == "forbidden"
        message = "This machine cannot isolate tenant code; only its admin may deploy."
        assert refused.body["error"]["message"] == message
        assert len(events_of(trusted)) == before
        assert admin(trusted).create(name="web", image="registry.example/app:1").status == 201


def events_of(stack: Stack) -> list[object]:
    with psycopg.connect(stack.superuser_dsn()) as connection:
        return list(connection.execute("select position from es.event"))
