"""A webhook on the whole stack: an event is posted, refused, given up, and posted again."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.support.outpost import Answer, call, wait_for
from tests.support.stack import Stack, running_stack


@dataclass(slots=True)
class Receiver:
    """Answers 410 until it is opened."""

    is_open: bool = False
    seen: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    port: int = 0


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            made.seen.append(({k.lower(): v for k, v in self.headers.items()}, json.loads(body)))
            self.send_response(200 if made.is_open else 410)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Not into the output of the tests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()


@pytest.mark.stack
@pytest.mark.xdist_group("stack")
def test_a_dead_letter_is_seen_and_delivered_when_it_is_asked_for_again(
    tmp_path: Path, receiver: Receiver
) -> None:
    with running_stack(tmp_path, fetch_allow=f"127.0.0.1:{receiver.port}") as stack:
        _deliver(stack, receiver)


def _deliver(stack: Stack, receiver: Receiver) -> None:
    def ops(method: str, path: str, **given: Any) -> Answer:
        url = f"{stack.gateway_url}/ops/v1{path}"
        return call(url, method=method, token=stack.token, **given)

    url = f"http://127.0.0.1:{receiver.port}/hook"
    made = ops("POST", "/webhooks", body={"url": url, "types": ["project.created"]})
    assert made.status == 201, made
    hook = f"/webhooks/{made.body['id']}"
    project = ops("POST", "/projects", body={"name": "Hooked", "handle": "hooked"})
    assert project.status == 201, project

    def dead() -> dict[str, Any] | None:
        found = ops("GET", f"{hook}/deliveries?state=dead").body["data"]
        return found[0] if found else None

    letter = wait_for(dead, 20, lambda: f"a dead letter in {ops('GET', f'{hook}/deliveries')}")
    assert (letter["event_type"], letter["status"]) == ("project.created", 410)
    receiver.is_open = True
    replayed = ops("POST", f"{hook}/deliveries/{letter['position']}/replay")
    assert replayed.status == 202, replayed
    wait_for(
        lambda: ops("GET", f"{hook}/deliveries?state=delivered").body["data"] or None,
        20,
        lambda: f"the delivery in {ops('GET', f'{hook}/deliveries')}",
    )
    (first, event), (second, again) = receiver.seen
    assert event == again
    assert event["data"]["handle"] == "hooked"
    assert first["webhook-id"] == second["webhook-id"]
    assert second["webhook-signature"].startswith("v1,")
    # Our own address is not to be called without the operator's leave.
    inside = ops("PATCH", hook, body={"url": f"{stack.gateway_url}/ops/v1/whoami"})
    assert inside.status == 200, inside
    ops("POST", f"{hook}/deliveries/{letter['position']}/replay")
    wait_for(
        lambda: (
            ops("GET", f"{hook}/deliveries").body["data"][0]["reason"] == "target_refused" or None
        ),
        20,
        lambda: f"the refusal in {ops('GET', f'{hook}/deliveries')}",
    )
