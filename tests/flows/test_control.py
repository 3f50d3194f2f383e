"""What runs stays in bounds and says what it does: quotas, lines, counters, endings."""

import http.client
import json
import time
from typing import Any

import pytest

from shared.kernel.ids import to_uuid
from tests.support.apps import echo
from tests.support.git import push
from tests.support.outpost import Outpost, admin, call, wait_for
from tests.support.stack import Stack

DIES = {
    "Procfile": "web: python app.py\n",
    "app.py": "import sys\nprint('my last words', flush=True)\nsys.exit(3)\n",
}


@pytest.fixture(scope="module")
def outpost(stack: Stack) -> Outpost:
    return admin(stack)


@pytest.fixture
def project(outpost: Outpost) -> Outpost:
    """A project of its own, whose quota is nobody else's."""
    handle = f"bounds-{time.time_ns() % 10**9}"
    made = outpost.ops("POST", "projects", {"handle": handle, "name": handle})
    assert made.status == 201, made
    return Outpost(stack=outpost.stack, token=outpost.token, namespace=handle)


def deployed(outpost: Outpost, name: str, **body: Any) -> str:
    repo = f"{outpost.namespace}/{name}"
    push(outpost.stack.repositories, repo, echo("1"))
    answer = outpost.create(name=name, repo=repo, cpu=2, memory_gb=8, **body)
    assert answer.status == 201, answer
    outpost.wait_status(name, "running")
    return id_of(outpost, name)


def id_of(outpost: Outpost, name: str) -> str:
    listed = outpost.ops("GET", f"services?project={outpost.namespace}&per_page=100").body["data"]
    return str(next(one["id"] for one in listed if one["name"] == name))


def stream(outpost: Outpost, path: str, seconds: float, last: str | None = None) -> list[str]:
    """The lines of a stream of server-sent events that came within that time."""
    connection = http.client.HTTPConnection(
        "127.0.0.1", outpost.stack.gateway_port, timeout=seconds
    )
    headers = {"Authorization": f"Bearer {outpost.token}"}
    if last is not None:
        headers["Last-Event-ID"] = last
    connection.request("GET", f"/ops/v1/{path}", headers=headers)
    answer = connection.getresponse()
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    found, until = [], time.monotonic() + seconds
    try:
        while time.monotonic() < until:
            found.append(answer.readline().decode().rstrip("\n"))
    except TimeoutError:
        pass
    finally:
        connection.close()
    return found


def test_a_quota_bounds_services_and_replicas_and_is_shown_at_every_moment(
    project: Outpost,
) -> None:
    path = f"projects/{project.namespace}/quota"
    before = project.ops("GET", path)
    assert set(before.body["limits"].values()) == {None}
    put = project.ops("PUT", path, {"services": 2, "replicas": 2, "cpu": 4})
    assert put.status == 200, put
    deployed(project, "one", min_replicas=2, max_replicas=2)
    used = project.ops("GET", path).body["used"]
    assert used == {"services": 1, "replicas": 2, "cpu": 4, "memory_gb": 16, "gpus": 0}

    # One that could never run is refused at once, in Outpost's words.
    large = project.create(name="large", image="example.org/x:1", cpu=8)
    assert (large.status, large.body["error"]["code"]) == (409, "conflict")
    assert "quota" in large.body["error"]["message"]

    # One that would run alone finds no place beside the first, and says so.
    push(project.stack.repositories, f"{project.namespace}/two", echo("1"))
    assert project.create(name="two", repo=f"{project.namespace}/two", cpu=2).status == 201
    failed = project.wait_status("two", "failed")
    assert failed["status"] == "failed"
    shown = project.ops("GET", f"services/{id_of(project, 'two')}").body
    assert shown["status_reason"] == "quota"
    assert "2 of the project's 2 replicas are taken" in shown["status_message"]
    third = project.create(name="three", image="example.org/x:1", cpu=2)
    assert (third.status, third.body["error"]["code"]) == (409, "conflict")

    # More room, and the update of the first rolls out though the quota is full.
    moment = put.headers["log-position"]
    assert project.ops("PUT", path, {"replicas": 5}).body["limits"]["services"] is None
    then = project.ops("GET", f"{path}?as_of={moment}")
    assert then.body["limits"]["replicas"] == 2
    assert project.ops("PUT", path, {"replicas": 2}).status == 200
    assert project.update("one", env={"A": "1"}).status == 200
    project.wait_status("one", "running")
    stranger = call(
        f"{project.stack.gateway_url}/ops/v1/{path}", method="PUT", token="none", body={}
    )
    assert stranger.status == 401


def test_lines_are_followed_from_the_newest_on_and_resumed_without_a_gap(project: Outpost) -> None:
    service = deployed(project, "talks")
    told = stream(project, f"services/{service}/logs/stream?tail=5", 7.0)
    ids = [line.removeprefix("id: ") for line in told if line.startswith("id: ")]
    lines = [json.loads(line[6:]) for line in told if line.startswith("data: ")]
    assert lines
    assert set(lines[0]) == {"timestamp", "replica", "stream", "message"}
    assert ": heartbeat" in told
    assert project.update("talks", env={"A": "1"}).status == 200
    project.wait_status("talks", "running")
    more = stream(project, f"services/{service}/logs/stream", 3.0, last=ids[-1])
    after = [int(line.removeprefix("id: ")) for line in more if line.startswith("id: ")]
    numbers = [n for n in after if n > int(ids[-1])]
    assert numbers
    assert numbers == sorted(numbers)
    assert min(after) >= int(ids[-1])
    refused = project.ops("GET", f"services/{service}/logs/stream", **{"Last-Event-ID": "x"})
    assert refused.status == 400


def test_a_services_counters_are_there_for_prometheus(project: Outpost) -> None:
    service = deployed(project, "counted")
    for _ in range(5):
        assert project.traffic("counted").status == 200

    def counted() -> bool | None:
        text = project.ops("GET", f"services/{service}/metrics").body
        return True if 'class="2xx"} 5\n' in text and 'state="ready"} 1' in text else None

    wait_for(counted, 15.0, lambda: str(project.ops("GET", f"services/{service}/metrics").body))
    assert project.ops("GET", f"services/{'0' * 24}/metrics").status == 404


def test_the_last_lines_of_a_replica_that_dies_at_once_are_never_lost(project: Outpost) -> None:
    push(project.stack.repositories, f"{project.namespace}/dies", DIES)
    assert project.create(name="dies", repo=f"{project.namespace}/dies").status == 201
    project.wait_status("dies", "failed", 60.0)
    deployments = project.ops("GET", f"services/{id_of(project, 'dies')}/deployments").body["data"]
    assert deployments[0]["reason"] == "crashed"
    assert any("my last words" in line for line in deployments[0]["log_tail"])
    said = [one for one in project.logs("dies").body["data"] if one["message"] == "my last words"]
    assert len(said) >= 3  # Each of the three replicas that were tried.


@pytest.mark.parametrize("surface", ["outpost", "zenml", "microvisualizer"])
def test_an_endpoint_is_closed_when_its_removal_is_answered(project: Outpost, surface: str) -> None:
    service = deployed(project, "brief")
    assert project.traffic("brief").status == 200
    path = {
        "outpost": f"auth/v1/seed/{project.namespace}/services/brief",
        "zenml": f"api/v1/services/{to_uuid(service)}",
        "microvisualizer": f"v1/projects/{project.namespace}/services/brief",
    }[surface]
    url = f"{project.stack.gateway_url}/{path}"
    assert call(url, method="DELETE", token=project.token).status in (200, 204)
    assert project.traffic("brief").status == 503
