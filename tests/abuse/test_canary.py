"""A12: secrets that came in by every door are nowhere but in the vault, encrypted.

All is run with debug logs and with traces; a process is killed, the log exported, a backup made.
Then everything that is kept or shown is searched."""

import base64
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.abuse.canaries import OF_THE_INSTALLATION, Canary, Search
from tests.faults.test_backup import run_local
from tests.support.apps import echo
from tests.support.git import push
from tests.support.outpost import Answer, Outpost, admin, call
from tests.support.stack import Stack, running_stack, until

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.xdist_group("canary")]

TRACED = b"principal.open_session"
BESIDE = {"name": {"of": "a wrong type"}, "handle": 5, "url": 7, "domain": [], "config": "text"}


@dataclass(slots=True, kw_only=True)
class House:
    stack: Stack
    folder: Path
    traces: list[bytes]
    canaries: dict[str, Canary] = field(default_factory=dict)
    refusals: list[tuple[str, bytes]] = field(default_factory=list)

    def new(self, door: str, text: str = "") -> str:
        self.canaries[door] = Canary(door, text or f"canary-{secrets.token_hex(16)}")
        return self.canaries[door].text

    @property
    def search(self) -> Search:
        return Search(self.canaries.values())


@contextmanager
def _collector(traces: list[bytes]) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            traces.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *words: Any) -> None:
            """Not into the output of the tests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    traces: list[bytes] = []
    folder = tmp_path_factory.mktemp("canary")
    ai_key = f"canary-{secrets.token_hex(16)}"
    with (
        _collector(traces) as port,
        running_stack(
            folder,
            log_level="DEBUG",
            otlp_endpoint=f"http://127.0.0.1:{port}",
            trace_ratio="1",
            ai_endpoint=f"http://127.0.0.1:{port}/v1",
            ai_key=ai_key,
        ) as stack,
    ):
        made = House(stack=stack, folder=folder, traces=traces)
        made.new("the chat's key", ai_key)
        made.new("the administrator's token", stack.token.rpartition("_")[2])
        _enter(made)
        yield made


def _enter(house: House) -> None:
    """By every door, each secret once as it should come and once beside fields that are wrong."""
    root = admin(house.stack)
    webhook_key = secrets.token_bytes(24)
    house.new("a webhook's secret", base64.b64encode(webhook_key).decode())
    user = root.ops(
        "POST",
        "users",
        {"handle": "canary", "name": "c", "password": house.new("a password")},
    )
    assert user.status == 201, user
    key = root.ops("POST", "api-keys", {"name": "canary", "principal": user.body["id"]})
    assert key.status == 201, key
    house.new("an API key", key.body["token"].rpartition("_")[2])
    person = Outpost(stack=house.stack, token=key.body["token"], namespace="canary")
    _doors(house, person, user.body["id"])
    call(f"{house.stack.gateway_url}/ops/v1/whoami", token=key.body["token"] + "x")


def _doors(house: House, person: Outpost, user_id: str) -> None:
    gateway = house.stack.gateway_url
    text = {door: each.text for door, each in house.canaries.items()}
    given: dict[str, dict[str, Any]] = {
        f"{gateway}/ops/v1/users/{user_id}/git-credentials": {
            "name": "c",
            "domain": "git.invalid",
            "secret": house.new("a git credential"),
        },
        f"{gateway}/ops/v1/webhooks": {
            "url": "https://receiver.invalid/hook",
            "secret": "whsec_" + text["a webhook's secret"],
        },
        f"{gateway}/auth/v1/seed/canary/services": {
            "name": "web",
            "repo": "canary/web",
            "gpu": "none",
            "env": {"TOKEN": house.new("a service's environment")},
        },
    }
    push(house.stack.repositories, "canary/web", echo())
    for url, body in given.items():
        made = call(url, method="POST", token=person.token, body=body)
        assert made.status == 201, made
        for wrong in BESIDE.items():
            house.refusals.append(_refused(url, person.token, {**body, wrong[0]: wrong[1]}))
    signed_in = {"handle": "canary", "password": text["a password"]}
    for body in (signed_in, {**signed_in, "handle": {"a": 1}}, {**signed_in, "password": [text]}):
        answer = call(f"{gateway}/ops/v1/sessions", method="POST", body=body)
        if answer.status >= 400:
            house.refusals.append(("sessions", str(answer).encode()))
    person.wait_status("web", "running", 90.0)


def _refused(url: str, token: str, body: Any) -> tuple[str, bytes]:
    answer: Answer = call(url, method="POST", token=token, body=body)
    return url, repr(answer).encode() if answer.status >= 400 else b""


def test_no_refusal_says_a_secret_again(house: House) -> None:
    assert sum(1 for _, content in house.refusals if content) >= 5
    assert [each for refusal in house.refusals for each in house.search.bytes(*refusal)] == []


def test_the_search_finds_what_is_there(house: House, tmp_path: Path) -> None:
    """Else the rest would prove nothing."""
    (door, canary), *_ = house.canaries.items()
    raw = canary.text.encode()
    for form in (raw, base64.b64encode(b"xy" + raw), raw.hex().encode()):
        (tmp_path / "file").write_bytes(b"\0" * 7 + form)
        assert house.search.files(tmp_path) == [f"{door} in {tmp_path / 'file'}"]


def test_no_row_of_the_database_has_one(house: House) -> None:
    assert house.search.database(house.stack) == []


def test_no_process_shows_one(house: House) -> None:
    # The app of the tenant is given his own environment; it is not ours.
    assert house.search.processes(house.stack, but=frozenset({"app.py"})) == []


def test_no_measure_and_no_trace_has_one(house: House) -> None:
    # They come in batches; the one that tells of a password's way is waited for.
    until(lambda: TRACED in b"".join(house.traces), 60.0, "the traces of a sign-in")
    assert house.search.bytes("the traces", b"\n".join(house.traces)) == []
    ready = call(f"{house.stack.gateway_url}/metrics")
    assert house.search.bytes("the metrics", repr(ready).encode()) == []


def test_no_export_has_one(house: House) -> None:
    export = call(f"{house.stack.gateway_url}/ops/v1/export", token=house.stack.token, seconds=60)
    assert export.status == 200
    assert house.search.bytes("the export", str(export.body).encode()) == []


def test_no_file_has_one_after_a_kill_and_a_backup(house: House) -> None:
    """Logs, the bus, the database's pages and its journal, the witness, what the scheduler keeps;
    last, for a process dies here."""
    old = house.stack.kill9("command")
    house.stack.wait_restarted("command", old, 60.0)
    house.stack.wait_ready(60.0)
    backup = house.folder / "backup"
    run_local(house.stack, "backup", str(backup))
    kept = frozenset({OF_THE_INSTALLATION})
    assert house.search.files(house.stack.data_dir, but=kept) == []
    assert house.search.files(backup, but=kept) == []
