"""Time travel on the wire: what is asked, what is shown, and which command a restore gives."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.rejections import NotFound
from shared.domain.service.commands import RestoreService
from shared.domain.service.workload import Workload
from shared.queries.audit import (
    AuditEvent,
    AuditPage,
    BlameDocument,
    BlameLine,
    Change,
    DiffDocument,
    GetBlame,
    GetDiff,
    GetState,
    GetWhy,
    Instant,
    ListHistory,
    PlanRestore,
    RestorePlan,
    ServiceWanted,
    StateDocument,
    WhyDocument,
    WhyLink,
)
from tests.surfaces.stubs import MOMENT, PROJECT_ID, SERVICE_ID, Gateway

WHEN = "2026-03-18T12:00:00.000005Z"
EVENT = AuditEvent(
    position=7,
    at=MOMENT,
    account_id="aa" * 12,
    stream="service-x",
    version=1,
    event_id="e",
    type="service.registered",
    schema_version=1,
    command_id="c",
    correlation_id="r",
    causation_id=None,
    actor="user:x",
    actor_name="ann",
    credential_id=None,
    surface="outpost",
    reason="why",
    words="The service a was registered.",
    data={"name": "a"},
    changed=("/name",),
)
CHANGE = Change(op="replace", path="/name", before="a", after="b", words="name changed", by=EVENT)
PLAN = RestorePlan(
    kind="service",
    id=SERVICE_ID,
    project_id=PROJECT_ID,
    now=40,
    to=7,
    changes=(CHANGE,),
    left=("The code stays.",),
    revives=False,
    service=ServiceWanted(
        name="a",
        slug="a",
        description="",
        labels=(("team", "x"),),
        workload=Workload(repo="acme/a"),
        registration=None,
        conversation=None,
        participation=None,
    ),
)
STATE = StateDocument(kind="service", id=SERVICE_ID, position=41, at=MOMENT, state={"name": "a"})


async def test_what_happened_is_read_by_position_and_filtered(gateway: Gateway) -> None:
    gateway.dispatch.answers[ListHistory] = AuditPage(items=(EVENT,), next_after=7)
    response = await gateway.ask(
        "GET",
        f"/ops/v1/services/{SERVICE_ID}/history?after=3&limit=1&actor=ann&type=service.*"
        f"&field=/name&since={WHEN}",
    )
    assert response.status_code == 200, response.text
    assert gateway.dispatch.asked[-1].question == ListHistory(
        kind="service", id=SERVICE_ID, after=3, limit=1, actor="ann", type="service.*",
        field="/name", since=MOMENT,
    )  # fmt: skip
    assert response.json() == {
        "data": [
            {
                "position": 7, "at": WHEN, "type": "service.registered", "stream": "service-x",
                "version": 1, "event_id": "e", "actor": "user:x", "actor_name": "ann",
                "credential_id": None, "surface": "outpost", "command_id": "c",
                "correlation_id": "r", "causation_id": None, "reason": "why",
                "words": "The service a was registered.", "changed": ["/name"],
                "data": {"name": "a"},
            }
        ],
        "next_after": 7,
    }  # fmt: skip


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "since=yesterday", "after=x"])
async def test_a_filter_that_cannot_be_meant_is_refused(gateway: Gateway, query: str) -> None:
    response = await gateway.ask("GET", f"/ops/v1/services/{SERVICE_ID}/history?{query}")
    assert response.status_code == 400


async def test_a_diff_is_a_json_patch_with_words_and_people(gateway: Gateway) -> None:
    removal = replace(CHANGE, op="remove", path="/labels/x", after=None)
    gateway.dispatch.answers[GetDiff] = DiffDocument(
        kind="service", id=SERVICE_ID, start=3, end=9, changes=(CHANGE, removal)
    )
    response = await gateway.ask("GET", f"/ops/v1/services/{SERVICE_ID}/diff?from=3&to={WHEN}")
    assert response.status_code == 200, response.text
    assert gateway.dispatch.asked[-1].question == GetDiff(
        kind="service", id=SERVICE_ID, start=Instant(position=3), end=Instant(time=MOMENT)
    )
    body = response.json()
    assert (body["from"], body["to"]) == (3, 9)
    assert body["patch"] == [
        {"op": "replace", "path": "/name", "value": "b"},
        {"op": "remove", "path": "/labels/x"},
    ]
    assert body["changes"][0]["by"]["actor_name"] == "ann"
    for query in ("", "?to=3", "?from=soon"):
        wrong = await gateway.ask("GET", f"/ops/v1/services/{SERVICE_ID}/diff{query}")
        assert wrong.status_code == 400, query


async def test_state_and_blame_are_asked_of_any_kind_of_thing(gateway: Gateway) -> None:
    id_ = "ab" * 12
    line = BlameLine(
        path="/name", value="a", position=7, at=MOMENT, type="t", actor="user:x",
        actor_name="ann", surface="ops", command_id="c", correlation_id="r", reason=None,
    )  # fmt: skip
    gateway.dispatch.answers[GetState] = lambda q: replace(STATE, kind=q.kind, id=q.id)
    gateway.dispatch.answers[GetBlame] = lambda q: BlameDocument(
        kind=q.kind, id=q.id, lines=(line,)
    )
    paths = {
        "services": "service", "projects": "project", "organizations": "principal",
        "users": "principal", "service-accounts": "principal", "api-keys": "api_key",
        "grants": "grant", "webhooks": "webhook",
    }  # fmt: skip
    for path, kind in paths.items():
        for what in ("state", "blame"):
            response = await gateway.ask("GET", f"/ops/v1/{path}/{id_}/{what}?as_of=12")
            assert response.status_code == 200, (path, response.text)
            asked = gateway.dispatch.asked[-1]
            assert (asked.question.kind, asked.question.id) == (kind, id_)
            assert asked.moment.position == 12


async def test_a_cause_in_another_account_is_cut(gateway: Gateway) -> None:
    gateway.dispatch.answers[GetWhy] = WhyDocument(
        links=(
            WhyLink(because="", event=EVENT),
            WhyLink(because="was caused by", event=None),
        ),
        root="Something in another account.",
    )
    response = await gateway.ask("GET", "/ops/v1/events/7/why")
    assert response.status_code == 200, response.text
    assert response.json()["data"][1] == {
        "because": "was caused in another account",
        "event": None,
    }
    assert gateway.dispatch.asked[-1].question == GetWhy(position=7)
    assert (await gateway.ask("GET", "/ops/v1/events/x/why")).status_code == 400


async def test_a_plan_gives_no_command_and_a_restore_gives_one_with_its_reason(
    gateway: Gateway,
) -> None:
    gateway.dispatch.answers[PlanRestore] = PLAN
    gateway.dispatch.answers[GetState] = STATE
    path = f"/ops/v1/services/{SERVICE_ID}/restore"
    planned = await gateway.ask("POST", f"{path}?plan=true", json={"to": "7"})
    assert planned.status_code == 200, planned.text
    assert gateway.dispatch.sent == []
    assert planned.json()["left"] == ["The code stays."]
    assert planned.json()["position"] is None
    done = await gateway.ask(
        "POST", path, json={"to": WHEN}, headers={"X-Reason": "It was better then"}
    )
    assert done.status_code == 200, done.text
    assert done.json()["position"] == 42
    (sent,) = gateway.dispatch.sent
    assert isinstance(sent.command, RestoreService)
    assert (sent.command.name, sent.command.workload) == ("a", Workload(repo="acme/a"))
    assert sent.sender.reason == "It was better then"
    assert (await gateway.ask("POST", path, json={"to": "soon"})).status_code == 400


async def test_the_unseen_and_the_absent_answer_alike(gateway: Gateway) -> None:
    gateway.dispatch.answers[GetState] = lambda q: NotFound(kind=q.kind, key=q.id)
    texts: set[Any] = set()
    for id_ in ("ab" * 12, "cd" * 12):
        response = await gateway.ask("GET", f"/ops/v1/services/{id_}/state")
        assert response.status_code == 404
        texts.add(response.json()["detail"])
    assert len(texts) == 1
