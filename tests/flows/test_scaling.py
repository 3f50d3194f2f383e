"""With the load up and down, to zero and back, and back to what ran before: no request is lost."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.apps import echo
from tests.support.git import push
from tests.support.outpost import Answer, Outpost, admin, wait_for
from tests.support.stack import Stack

HELD = 20


@dataclass(slots=True)
class Load:
    """Clients that ask one after another until they are told to stop; every answer is kept."""

    outpost: Outpost
    name: str
    path: str
    answers: list[Answer] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self, clients: int, *, pause: float = 0.0) -> "Load":
        def ask() -> None:
            while not self._stop.is_set():
                self.answers.append(self.outpost.traffic(self.name, self.path))
                self._stop.wait(pause)

        self._threads = [threading.Thread(target=ask) for _ in range(clients)]
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> list[Answer]:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        return self.answers


@pytest.fixture(scope="module")
def outpost(stack: Stack) -> Outpost:
    return admin(stack)


def deployed(outpost: Outpost, name: str, **body: Any) -> str:
    """The id by which ops knows it."""
    push(outpost.stack.repositories, f"default/{name}", echo("1"))
    answer = outpost.create(name=name, repo=f"default/{name}", cpu=2, memory_gb=8, **body)
    assert answer.status == 201, answer
    outpost.wait_status(name, "running")
    listed = outpost.ops("GET", "services?project=default&per_page=100").body["data"]
    return str(next(one["id"] for one in listed if one["name"] == name))


def all_at_once(count: int, ask: Callable[[], Answer]) -> list[Answer]:
    answers: list[Answer] = []
    threads = [threading.Thread(target=lambda: answers.append(ask())) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def wait_replicas(outpost: Outpost, name: str, is_so: Callable[[int], bool]) -> int:
    def look() -> int | None:
        count = int(outpost.get(name).body["ready_replicas"])
        return count if is_so(count) else None

    return wait_for(look, 40.0, lambda: f"replicas of {name}: {outpost.get(name).body}")


def test_a_service_sleeps_when_idle_and_all_who_wait_are_answered_when_it_wakes(
    outpost: Outpost,
) -> None:
    service = deployed(outpost, "sleepy", min_replicas=0, max_replicas=1)
    assert outpost.traffic("sleepy").status == 200
    settings = {"scale_to_zero_seconds": 2, "window_seconds": 6}
    answer = outpost.ops("PUT", f"services/{service}/scaling", settings)
    assert answer.status == 200, answer
    assert answer.body["settings"]["scale_to_zero_seconds"] == 2
    asleep = outpost.wait_status("sleepy", "stopped")
    wait_for(
        lambda: outpost.get("sleepy").body["current_replicas"] == 0 or None,
        15.0,
        lambda: "the last replica to be gone",
    )
    assert asleep["scaling"]["desired_replicas"] == 0
    assert asleep["scaling"]["last_scaled_at"] is not None

    answers = all_at_once(HELD, lambda: outpost.traffic("sleepy"))
    assert [one.status for one in answers] == [200] * HELD
    assert len({one.body["pid"] for one in answers}) == 1
    outpost.wait_status("sleepy", "running", 10.0)

    document = outpost.ops("GET", f"services/{service}/scaling").body
    said = [one["explanation"] for one in document["decisions"]]
    assert any(one.startswith("Woke with 1 replica: a request waits") for one in said), said
    assert any(one.startswith("Went to sleep: no request for") for one in said), said

    def cold_starts() -> dict[str, Any] | None:
        body: dict[str, Any] = outpost.analytics("sleepy").body["cold_starts"]
        return body if body["total"] >= HELD else None

    cold = wait_for(cold_starts, 10.0, lambda: f"{outpost.analytics('sleepy').body}")
    one = cold["recent"][-1]  # The first to come: those after it found the wake under way.
    assert 0 <= one["placed_ms"] <= one["started_ms"] <= one["ready_ms"] <= one["first_byte_ms"]
    # Two clocks, the edge's and ours, each rounded to a millisecond.
    assert one["held_ms"] <= one["first_byte_ms"] + 2
    outpost.delete("sleepy", force=True)


def test_more_load_brings_replicas_and_less_takes_them_without_a_failed_request(
    outpost: Outpost,
) -> None:
    service = deployed(outpost, "busy", min_replicas=1, max_replicas=3)
    settings = {"target_concurrency": 2, "window_seconds": 6}
    assert outpost.ops("PUT", f"services/{service}/scaling", settings).status == 200
    heavy = Load(outpost, "busy", "/slow?s=0.2").start(8)
    try:
        wait_replicas(outpost, "busy", lambda count: count == 3)
        assert outpost.get("busy").body["status"] == "running"
    finally:
        answers = heavy.stop()
    light = Load(outpost, "busy", "/slow?s=0.1").start(1, pause=0.2)
    try:
        wait_replicas(outpost, "busy", lambda count: count == 1)
        time.sleep(0.5)
    finally:
        answers = answers + light.stop()
    assert {one.status for one in answers} == {200}
    assert len(answers) > 50
    decisions = outpost.ops("GET", f"services/{service}/scaling").body["decisions"]
    assert decisions[0]["desired"] == 1
    assert max(one["desired"] for one in decisions) == 3
    assert any("requests at a time" in one["explanation"] for one in decisions)
    outpost.delete("busy", force=True)


def test_a_rollback_brings_back_what_ran_before_and_the_branch_does_not_undo_it(
    outpost: Outpost,
) -> None:
    service = deployed(outpost, "returns")
    first = outpost.get("returns").body["deployment"]["commit_sha"]
    push(outpost.stack.repositories, "default/returns", echo("2"))
    assert outpost.redeploy("returns").status in (200, 409)  # A push may have been quicker.
    wait_for(
        lambda: outpost.traffic("returns").body["version"] == "2" or None,
        30.0,
        lambda: "the second version to serve",
    )
    outpost.wait_status("returns", "running")
    answer = outpost.ops("POST", f"services/{service}/rollback")
    assert answer.status == 200, answer
    assert answer.body["deployment"]["trigger"] == "rollback"
    wait_for(
        lambda: outpost.traffic("returns").body["version"] == "1" or None,
        30.0,
        lambda: "the first version to serve again",
    )
    outpost.wait_status("returns", "running")
    assert outpost.get("returns").body["deployment"]["commit_sha"] == first
    outpost.delete("returns", force=True)


@pytest.mark.parametrize("number", range(3))
def test_when_a_deletion_is_answered_its_endpoint_says_503(outpost: Outpost, number: int) -> None:
    name = f"leaves{number}"
    deployed(outpost, name)
    assert outpost.traffic(name).status == 200
    assert outpost.delete(name).status == 204
    assert outpost.traffic(name).status == 503


def test_a_node_is_drained_without_a_failed_request(outpost: Outpost) -> None:
    """Two slices of this machine in a region that nobody else here asks for."""
    first, second = "first", "second"
    slice_ = {"region": "ap-northeast-1", "cpu": 4, "memory_gb": 16}
    for name in (first, second):
        made = outpost.ops("POST", "nodes", {"name": name, "cordoned": name == second, **slice_})
        assert made.status == 201, made
    service = deployed(outpost, "moved", region="ap-northeast-1", min_replicas=1)
    assert where(outpost, service) == [first]
    shown = outpost.ops("GET", f"nodes/{first}").body
    assert (shown["replicas"], shown["free"]["cpu"]) == (1, 2.0)

    load = Load(outpost, "moved", "/").start(2, pause=0.02)
    assert outpost.ops("PUT", f"nodes/{second}", slice_).body["cordoned"] is False
    drained = outpost.ops("POST", f"nodes/{first}/drain")
    assert drained.body["draining"] is True, drained
    wait_for(
        lambda: where(outpost, service) == [second] or None,
        60.0,
        lambda: str(outpost.ops("GET", f"services/{service}/replicas").body),
    )
    answers = load.stop()
    assert {answer.status for answer in answers} == {200}
    replicas = outpost.ops("GET", f"services/{service}/replicas?include_stopped=true").body["data"]
    assert {one["node"] for one in replicas} == {first, second}

    assert outpost.delete("moved", force=True).status == 204
    for name in (first, second):
        assert outpost.ops("DELETE", f"nodes/{name}").status == 204
    assert outpost.ops("GET", f"nodes/{first}").status == 404
    assert outpost.ops("DELETE", "nodes/embedded").status == 409


def where(outpost: Outpost, service: str) -> list[str]:
    replicas = outpost.ops("GET", f"services/{service}/replicas").body["data"]
    return sorted(str(one["node"]) for one in replicas)
