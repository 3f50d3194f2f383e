"""A name and an address on the whole stack: in no log, no bus, no export, and gone at last."""

import json
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

from shared.eventstore.verify_export import verify_export
from tests.support.outpost import Answer, Outpost, admin, call, wait_for
from tests.support.stack import Stack

CANARY = f"canary{time.time_ns()}"
NAME, ADDRESS, PASSWORD = f"Eve {CANARY}", f"eve@{CANARY}.example", "correct horse battery"


@pytest.fixture(scope="module")
def root(stack: Stack) -> Outpost:
    return admin(stack)


def ops(root: Outpost, method: str, path: str, body: Any = None) -> Answer:
    url = f"{root.stack.gateway_url}/ops/v1{path}"
    return call(url, method=method, token=root.token, body=body)


def sign_in(root: Outpost, name: str) -> Answer:
    url = f"{root.stack.gateway_url}/ops/v1/sessions"
    return call(url, method="POST", token=None, body={"handle": name, "password": PASSWORD})


def everything_told(root: Outpost, handle: str, born: int) -> str:
    """By every surface and every way that tells of a person."""
    gateway = root.stack.gateway_url
    paths = [
        *(f"/ops/v1/users/{handle}{end}" for end in ("", "/history", "/state", "/blame")),
        f"/ops/v1/users/{handle}/diff?from={born}",
        f"/ops/v1/users/{handle}?as_of={born}",
        f"/ops/v1/users/{handle}/state?as_of={born}",
        "/ops/v1/users?per_page=100",
        "/ops/v1/events?limit=1000",
        f"/ops/v1/events?limit=1000&after={born - 1}",
        f"/ops/v1/projects/{handle}",
        f"/v1/projects/{handle}",
        f"/v1/projects/{handle}/history",
    ]
    return "".join(json.dumps(call(gateway + path, token=root.token).body) for path in paths)


def export_of(root: Outpost, account: str) -> list[bytes]:
    answer = ops(root, "GET", f"/export?account={account}")
    assert answer.status == 200, answer
    return [line.encode() + b"\n" for line in answer.body.splitlines()]


def in_log(stack: Stack) -> int:
    with psycopg.connect(stack.superuser_dsn()) as connection:
        row = connection.execute(
            "select count(*) from es.event where data::text like %s", (f"%{CANARY}%",)
        ).fetchone()
        assert row is not None
        return int(row[0])


def files_with(folder: Path) -> list[str]:
    needle = CANARY.encode()
    return [
        str(file) for file in folder.rglob("*") if file.is_file() and needle in file.read_bytes()
    ]


def test_a_person_is_read_until_erased_and_never_reaches_the_log(root: Outpost) -> None:
    stack = root.stack
    handle = f"eve-{time.time_ns()}"
    body = {"handle": handle, "name": NAME, "email": ADDRESS, "password": PASSWORD}
    made = ops(root, "POST", "/users", body)
    assert made.status == 201, made
    assert (made.body["name"], made.body["email"]) == (NAME, ADDRESS)
    id_, born = made.body["id"], int(made.headers["log-position"])
    revised = ops(root, "PATCH", f"/users/{handle}", {"name": f"{NAME} Smith"})
    assert revised.body["name"] == f"{NAME} Smith"
    assert ops(root, "GET", f"/users/{handle}?as_of={born}").body["name"] == NAME
    for name in (handle, ADDRESS, ADDRESS.upper()):
        assert sign_in(root, name).status == 201, name
    assert CANARY in everything_told(root, handle, born)
    assert CANARY not in json.dumps(ops(root, "GET", "/events?limit=1000").body)
    assert in_log(stack) == 0
    assert files_with(stack.data_dir / "nats") == []

    done = ops(root, "DELETE", f"/vault/{id_}")
    assert done.status == 200, done
    assert done.body["secrets"] == done.body["erased"]
    told = everything_told(root, handle, born)
    assert CANARY not in told
    assert "[erased]" in told
    assert ops(root, "GET", f"/users/{handle}").body["email"] is None
    for name in (handle, ADDRESS):
        assert sign_in(root, name).status == 401, name

    position = done.body["position"]
    wait_for(
        lambda: ops(root, "GET", "/integrity").body["sealed_to"] >= position or None,
        15,
        lambda: "the seal",
    )
    lines = export_of(root, id_)
    assert CANARY.encode() not in b"".join(lines)
    report = verify_export(lines)
    assert report.ok, report
