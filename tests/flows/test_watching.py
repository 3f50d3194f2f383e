"""A service that runs elsewhere is watched by two probers: its state follows what they see, on
every surface, without doubled events, also when a prober dies; and only while it is asked for."""

import http.server
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from shared.kernel.ids import to_uuid
from tests.support.outpost import Outpost, admin, call, wait_for
from tests.support.stack import Stack, running_stack

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("watching")]

WATCH = {"chronoplane.watch": "true"}
SEEN_SECONDS = 20.0


@dataclass(slots=True)
class Model:
    """A model server of somebody else's."""

    port: int
    status: int = 200
    asked: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/healthz"


@contextmanager
def serving() -> Iterator[Model]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            model.asked += 1
            self.send_response(model.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    model = Model(port=server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield model
    server.shutdown()
    thread.join(5)


@pytest.fixture(scope="module")
def watching(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder: Path = tmp_path_factory.mktemp("watching")
    settings = {"probers": "2", "fetch_allow": "127.0.0.0/8", "watch_seconds": "0.4"}
    with running_stack(folder, prober_lease_seconds="2", **settings) as stack:
        yield stack


def registered(root: Outpost, name: str, url: str, **more: Any) -> str:
    body: dict[str, Any] = {
        "project": str(to_uuid(root.ops("GET", "projects/default").body["id"])),
        "name": name,
        "service_type": {
            "type": "model-serving",
            "flavor": "custom",
            "name": "n",
            "description": "",
        },
        "config": {"name": name},
        "health_check_url": url,
        "status": {"state": "inactive"},
        **more,
    }
    answer = call(
        f"{root.stack.gateway_url}/api/v1/services", method="POST", token=root.token, body=body
    )
    assert answer.status == 200, answer
    return str(answer.body["id"]).replace("-", "")


def zenml(root: Outpost, uuid: str, method: str = "GET", body: Any = None) -> dict[str, Any]:
    url = f"{root.stack.gateway_url}/api/v1/services/{uuid}"
    answer = call(url, method=method, token=root.token, body=body)
    assert answer.status == 200, answer
    return dict(answer.body)


def wait_state(root: Outpost, uuid: str, state: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        found = zenml(root, uuid)
        return found if found["body"]["state"] == state else None

    return wait_for(look, SEEN_SECONDS, lambda: f"{state}: {zenml(root, uuid)['body']}")


def events_of(root: Outpost, id_: str) -> list[str]:
    page = root.ops("GET", f"services/{id_}/history?limit=100").body
    return [event["type"] for event in page["data"] if event["type"].startswith("watch.")]


def id_named(root: Outpost, name: str) -> str:
    page = root.ops("GET", "services?project=default&per_page=100").body
    (found,) = [item["id"] for item in page["data"] if item["name"] == name]
    return str(found)


def probers(stack: Stack) -> list[int]:
    children = psutil.Process(stack.supervisor_pid).children()
    return [child.pid for child in children if "services.prober" in child.cmdline()]


def test_the_state_is_what_was_seen_through_a_fall_a_recovery_and_a_death(
    watching: Stack,
) -> None:
    root = admin(watching)
    with serving() as model:
        registered(root, "fraud", model.url, labels=WATCH)
        id_ = id_named(root, "fraud")
        uuid = str(to_uuid(id_))
        wait_state(root, uuid, "active")
        seen = root.ops("GET", f"services/{id_}").body["watch"]
        assert (seen["url"], seen["is_healthy"], seen["reason"]) == (model.url, True, "")
        model.status = 503
        fallen = wait_state(root, uuid, "error")
        assert fallen["body"]["state"] == "error"
        hydrated = call(
            f"{watching.gateway_url}/api/v1/services/{uuid}?hydrate=true", token=root.token
        )
        assert "answered 503" in hydrated.body["metadata"]["status"]["last_error"]
        # One of the two dies (the supervisor starts it again); whoever is left goes on.
        assert len(probers(watching)) == 2
        os.kill(probers(watching)[0], signal.SIGKILL)
        model.status = 200
        wait_state(root, uuid, "active")
        assert events_of(root, id_) == [
            "watch.became_healthy",
            "watch.became_unhealthy",
            "watch.became_healthy",
        ]


def test_without_the_label_it_is_what_was_reported_and_nobody_looks(watching: Stack) -> None:
    root = admin(watching)
    with serving() as model:
        registered(root, "churn", model.url, labels=WATCH)
        id_ = id_named(root, "churn")
        uuid = str(to_uuid(id_))
        wait_state(root, uuid, "active")
        zenml(root, uuid, "PUT", {"labels": {"team": "nlp"}})
        assert zenml(root, uuid)["body"]["state"] == "inactive"
        assert root.ops("GET", f"services/{id_}").body["watch"] is None

        def is_left() -> bool | None:
            before = model.asked
            threading.Event().wait(1.5)  # As long as three looks would take.
            return True if model.asked == before else None

        wait_for(is_left, SEEN_SECONDS, lambda: "nobody to look any more")


def test_what_may_not_be_dialled_is_refused_in_one_word(watching: Stack) -> None:
    root = admin(watching)
    registered(root, "metadata", "http://169.254.169.254/latest", labels=WATCH)
    id_ = id_named(root, "metadata")
    wait_state(root, str(to_uuid(id_)), "error")
    assert root.ops("GET", f"services/{id_}").body["watch"]["reason"] == "target_refused"
