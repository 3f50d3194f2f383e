"""Time travel on the whole stack: who, why, what was, back again, and the stream that tells it."""

import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from shared.eventstore.verify_export import verify_export
from tests.support.apps import echo
from tests.support.git import push
from tests.support.outpost import Answer, Outpost, admin, call, wait_for
from tests.support.stack import Stack


@pytest.fixture(scope="module")
def outpost(stack: Stack) -> Outpost:
    return admin(stack)


@pytest.fixture(scope="module")
def history(outpost: Outpost) -> str:
    """The id of a running service with an env, which was scaled once, with a reason."""
    push(outpost.stack.repositories, "default/past", echo("1"))
    made = outpost.create(
        name="past", repo="default/past", branch="main", env={"TOKEN": "erasable-7f3a-canary"}
    )
    assert made.status == 201, made
    outpost.wait_status("past", "running")
    service_id = next(
        event["data"]["service_id"]
        for event in ndjson(ops(outpost, "GET", "/events?type=service.registered&limit=1000"))
        if event["data"]["name"] == "past"
    )
    return str(service_id)


def ops(outpost: Outpost, method: str, path: str, **given: Any) -> Answer:
    url = f"{outpost.stack.gateway_url}/ops/v1{path}"
    return call(url, method=method, token=outpost.token, **given)


def ndjson(answer: Answer) -> list[dict[str, Any]]:
    assert answer.status == 200, answer
    body = answer.body
    # One line alone was read as JSON already.
    return [body] if isinstance(body, dict) else [json.loads(x) for x in body.splitlines()]


def scale(outpost: Outpost, most: int, reason: str) -> int:
    answer = call(
        f"{outpost.stack.gateway_url}/auth/v1/seed/default/services/past",
        method="PUT",
        token=outpost.token,
        body={"max_replicas": most},
        headers={"X-Reason": reason},
    )
    assert answer.status == 200, answer
    return int(answer.headers["log-position"])


def test_a_replica_leads_to_the_person_who_made_the_service(outpost: Outpost, history: str) -> None:
    replicas = ops(outpost, "GET", f"/services/{history}/replicas").body["data"]
    why = ops(outpost, "GET", f"/replicas/{replicas[0]['id']}/why")
    assert why.status == 200, why
    events = [link["event"]["type"] for link in why.body["data"]]
    assert (events[0], events[-1]) == ("replica.started", "service.registered")
    # The scheduler said itself what it followed from.
    assert (
        why.body["data"][0]["event"]["causation_id"]
        == (why.body["data"][-1]["event"]["command_id"])
    )
    assert "through outpost" in why.body["root"]


def test_a_change_is_blamed_diffed_planned_and_taken_back(outpost: Outpost, history: str) -> None:
    before = scale(outpost, 2, "Black Friday") - 1
    path = f"/services/{history}"
    blame = ops(outpost, "GET", f"{path}/blame").body["data"]
    line = next(each for each in blame if each["path"] == "/workload/replicas_max")
    assert (line["value"], line["by"]["reason"]) == (2, "Black Friday")
    diff = ops(outpost, "GET", f"{path}/diff?from={before}").body
    assert {"op": "replace", "path": "/workload/replicas_max", "value": 2} in diff["patch"]
    plan = ops(outpost, "POST", f"{path}/restore?plan=true", body={"to": str(before)}).body
    assert plan["patch"] == [{"op": "replace", "path": "/workload/replicas_max", "value": 1}]
    state = ops(outpost, "GET", f"{path}/state").body["state"]
    assert state["workload"]["replicas_max"] == 2
    done = ops(
        outpost, "POST", f"{path}/restore", body={"to": str(before)},
        headers={"X-Reason": "It is over", "Idempotency-Key": "back-1"},
    )  # fmt: skip
    assert done.status == 200, done
    assert ops(outpost, "GET", f"{path}/state").body["state"]["workload"]["replicas_max"] == 1
    again = ops(
        outpost, "POST", f"{path}/restore", body={"to": str(before)},
        headers={"X-Reason": "It is over", "Idempotency-Key": "back-1"},
    )  # fmt: skip
    assert (again.status, again.body["position"]) == (200, done.body["position"])
    assert again.headers["idempotency-replayed"] == "true"
    past = ops(outpost, "GET", f"{path}/state?as_of={done.body['position'] - 1}").body
    assert past["state"]["workload"]["replicas_max"] == 2


def test_the_stream_tells_all_since_the_beginning_and_then_what_happens(
    outpost: Outpost, history: str
) -> None:
    seen: list[int] = []
    url = f"{outpost.stack.gateway_url}/ops/v1/events/stream"
    headers = {"Authorization": f"Bearer {outpost.token}", "Last-Event-ID": "0"}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as answer:
        reader = threading.Thread(target=_read, args=(_lines(answer), seen), daemon=True)
        reader.start()
        begun = time.monotonic()
        last = scale(outpost, 3, "seen live")
        wait_for(lambda: last in seen or None, 10, lambda: f"{last} in {seen[-5:]}")
        assert time.monotonic() - begun < 4  # A heartbeat alone would bring it only at 5 s.
    assert seen[: seen.index(last) + 1] == list(range(1, last + 1))


def test_an_export_verifies_and_an_erased_secret_stays_erased_in_every_past(
    outpost: Outpost, history: str
) -> None:
    scale(outpost, 4, "")
    owner = ops(outpost, "DELETE", f"/vault/{history}", headers={"X-Reason": "GDPR"})
    assert owner.status == 200, owner
    assert owner.body["secrets"] == owner.body["erased"] == 1
    first = ops(outpost, "GET", f"/services/{history}/history?limit=1").body["data"][0]
    for as_of in ("", f"?as_of={first['position']}"):
        state = ops(outpost, "GET", f"/services/{history}/state{as_of}").body["state"]
        assert state["workload"]["env"]["TOKEN"]["erased"] is True
    sealed = owner.body["position"]
    wait_for(
        lambda: ops(outpost, "GET", "/integrity").body["sealed_to"] >= sealed or None,
        15,
        lambda: "the seal",
    )
    proof = ops(outpost, "GET", f"/integrity/proofs/{sealed}")
    assert proof.status == 200 and proof.body["position"] == sealed, proof
    export = ops(outpost, "GET", "/export")
    assert "erasable-7f3a-canary" not in export.body
    lines = [line.encode() + b"\n" for line in export.body.splitlines()]
    report = verify_export(lines)
    assert report.ok and report.to_position >= sealed, report


def test_a_removed_service_comes_back_on_its_own_history(outpost: Outpost, history: str) -> None:
    alive = ops(outpost, "GET", f"/services/{history}/history?limit=500").body["data"][-1]
    call(
        f"{outpost.stack.gateway_url}/auth/v1/seed/default/services/past?force=true",
        method="DELETE",
        token=outpost.token,
    )
    assert outpost.get("past").status == 404
    body = {"to": str(alive["position"])}
    path = f"/services/{history}"
    assert ops(outpost, "POST", f"{path}/restore?plan=true", body=body).body["revives"] is True
    done = ops(outpost, "POST", f"{path}/restore", body=body)
    assert done.status == 200, done
    outpost.wait_status("past", "running")
    assert outpost.traffic("past", "/hi").status == 200
    timeline = ops(outpost, "GET", f"{path}/timeline?limit=1000").body
    types = [event["type"] for event in timeline["data"]]
    assert types.count("service.registered") == 2 and "service.removed" in types


def _lines(answer: Any) -> Iterator[str]:
    for raw in answer:
        yield raw.decode().rstrip("\n")


def _read(lines: Iterator[str], seen: list[int]) -> None:
    """Ids of events; a heartbeat has an id too, but no data."""
    id_ = 0
    try:
        for line in lines:
            if line.startswith("id: "):
                id_ = int(line[4:])
            elif line.startswith("data: "):
                seen.append(id_)
    except (OSError, ValueError, AttributeError):
        return  # The test has seen enough and closed it.
