"""Scaling on the wire: settings to a command, decisions to sentences, and the way back."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.rejections import Invalid
from shared.domain.scaling.commands import ScalingInputs, ScalingMemory, SetScalingPolicy
from shared.domain.scaling.policy import Policy
from shared.domain.service.commands import RequestRollout
from shared.queries.scaling import (
    DecisionDocument,
    GetScaling,
    PeriodDocument,
    ReplicaChange,
    ScalingDocument,
    WhatIf,
    WhatIfDocument,
)
from shared.queries.services import (
    DeploymentDocument,
    DeploymentPage,
    GetServiceById,
    ListDeployments,
)
from shared.queries.telemetry import ColdStart, ColdStartList, ListColdStarts
from tests.surfaces.stubs import MOMENT, PROJECT_ID, SERVICE, SERVICE_ID, Gateway

PATH = f"/ops/v1/services/{SERVICE_ID}"
WHEN = "2026-03-18T12:00:00.000005Z"
INPUTS = ScalingInputs(ready=1, replicas_min=0, replicas_max=4, concurrency=9.0)


def decision(previous: int, desired: int, *reasons: str) -> DecisionDocument:
    return DecisionDocument(
        at=MOMENT,
        position=7,
        desired=desired,
        previous=previous,
        reasons=reasons or ("busy", "really"),
        inputs=INPUTS,
    )


DOCUMENT = ScalingDocument(
    service_id=SERVICE_ID,
    project_id=PROJECT_ID,
    policy=Policy(target_rps=5.0),
    idle_seconds=60.0,
    replicas_wanted=3,
    replicas_ready=2,
    replicas_min=0,
    replicas_max=4,
    memory=ScalingMemory(),
    decisions=(decision(1, 3), decision(0, 1), decision(2, 0), decision(2, 2)),
)


async def test_decisions_are_explained_in_sentences(gateway: Gateway) -> None:
    gateway.dispatch.answers[GetScaling] = DOCUMENT
    body = (await gateway.ask("GET", f"{PATH}/scaling")).json()
    assert [one["explanation"] for one in body["decisions"]] == [
        "From 1 to 3 replicas: busy; really.",
        "Woke with 1 replica: busy; really.",
        "Went to sleep: busy; really.",
        "Stayed at 2 replicas: busy; really.",
    ]
    assert body["explanation"] == f"3 replicas wanted since {WHEN}: busy; really."
    assert body["settings"]["scale_to_zero_seconds"] == 60.0
    assert body["settings"]["target_rps"] == 5.0
    assert body["decisions"][0]["inputs"]["concurrency"] == 9.0


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"replicas_min": 4, "replicas_max": 4}, "nothing is scaled"),
        ({"decisions": ()}, "nothing has called for another number"),
        ({"replicas_wanted": 4}, "a change of the service came after"),
    ],
)
async def test_where_no_decision_rules_it_says_what_does(
    gateway: Gateway, changes: dict[str, Any], sentence: str
) -> None:
    gateway.dispatch.answers[GetScaling] = replace(DOCUMENT, **changes)
    body = (await gateway.ask("GET", f"{PATH}/scaling")).json()
    assert sentence in body["explanation"]


async def test_only_the_settings_that_are_given_are_set(gateway: Gateway) -> None:
    gateway.dispatch.answers[GetScaling] = DOCUMENT
    answer = await gateway.ask(
        "PUT", f"{PATH}/scaling", json={"scale_to_zero_seconds": 5, "target_rps": None}
    )
    assert answer.status_code == 200
    assert gateway.dispatch.sent[-1].command == SetScalingPolicy(
        service_id=SERVICE_ID, project_id=PROJECT_ID, scale_to_zero_seconds=5, target_rps=None
    )
    assert gateway.dispatch.asked[-1].after == 42


@pytest.mark.parametrize(
    "body",
    [{"replicas_min": 1}, {"window_seconds": "6"}, {"window_seconds": None}, {"hold_limit": 1.5}],
)
async def test_wrong_settings_are_named_and_change_nothing(
    gateway: Gateway, body: dict[str, Any]
) -> None:
    gateway.dispatch.answers[GetScaling] = DOCUMENT
    answer = await gateway.ask("PUT", f"{PATH}/scaling", json=body)
    assert answer.status_code == 400
    assert next(iter(body)) in answer.text
    assert gateway.dispatch.sent == []


async def test_a_setting_out_of_bounds_is_the_domains_to_refuse(gateway: Gateway) -> None:
    gateway.dispatch.answers[GetScaling] = DOCUMENT
    gateway.dispatch.rejection = Invalid(field="hold_limit", message="must be from 0 to 10000")
    answer = await gateway.ask("PUT", f"{PATH}/scaling", json={"hold_limit": 99_999})
    assert answer.status_code == 400
    assert "from 0 to 10000" in answer.text


async def test_cold_starts_keep_every_field_and_their_period(gateway: Gateway) -> None:
    one = ColdStart(at=MOMENT, placed_ms=1, started_ms=2, ready_ms=None, held_ms=4, first_byte_ms=5)
    gateway.dispatch.answers[ListColdStarts] = ColdStartList(
        items=(one,), total=9, first_byte_p50_ms=5.0, first_byte_p95_ms=6.0
    )
    answer = await gateway.ask("GET", f"{PATH}/cold-starts?end={WHEN}&limit=1")
    assert answer.json() == {
        "start": "2026-03-18T11:00:00.000005Z",
        "end": WHEN,
        "total": 9,
        "first_byte_p50_ms": 5.0,
        "first_byte_p95_ms": 6.0,
        "data": [
            {
                "at": WHEN,
                "placed_ms": 1,
                "started_ms": 2,
                "ready_ms": None,
                "held_ms": 4,
                "first_byte_ms": 5,
            }
        ],
    }


@pytest.mark.parametrize("query", ["limit=1001", "start=now", f"start={WHEN}&end={WHEN}"])
async def test_a_wrong_period_is_refused(gateway: Gateway, query: str) -> None:
    assert (await gateway.ask("GET", f"{PATH}/cold-starts?{query}")).status_code == 400


def deployed(number: int, commit: str, status: str = "succeeded") -> DeploymentDocument:
    return DeploymentDocument(
        id=f"{number:024d}",
        number=number,
        revision=1,
        trigger="push",
        commit=commit,
        status=status,  # type: ignore[arg-type]  # tests name it in short
        reason="",
        message="",
        last_probe="",
        exit_cause="",
        log_tail=(),
        created_at=MOMENT,
        finished_at=MOMENT,
    )


async def test_a_rollback_deploys_the_newest_stable_commit_before_the_one_that_serves(
    gateway: Gateway,
) -> None:
    serving = deployed(5, "c5")
    history = (
        deployed(6, "c6", "failed"),
        serving,
        deployed(4, "c5"),  # The same commit with other settings is no way back.
        deployed(3, "c3", "failed"),
        deployed(2, "c2"),
        deployed(1, "c1"),
    )
    gateway.dispatch.answers[GetServiceById] = replace(SERVICE, serving=serving)
    gateway.dispatch.answers[ListDeployments] = DeploymentPage(items=history, total=6)
    answer = await gateway.ask("POST", f"{PATH}/rollback")
    assert answer.status_code == 200
    command = gateway.dispatch.sent[-1].command
    assert isinstance(command, RequestRollout)
    assert (command.trigger, command.commit) == ("rollback", "c2")


@pytest.mark.parametrize(("number", "commit"), [(5, "c5"), (1, "c1"), (3, None), (9, None)])
async def test_one_can_say_to_which_deployment_as_long_as_it_was_stable(
    gateway: Gateway, number: int, commit: str | None
) -> None:
    serving, wanted = deployed(5, "c5"), deployed(number, f"c{number}")
    history = (serving, deployed(3, "c3", "failed"), deployed(1, "c1"))
    gateway.dispatch.answers[GetServiceById] = replace(SERVICE, serving=serving)
    gateway.dispatch.answers[ListDeployments] = DeploymentPage(items=history, total=3)
    answer = await gateway.ask("POST", f"{PATH}/rollback", json={"deployment": wanted.id})
    if commit is None:
        assert (answer.status_code, gateway.dispatch.sent) == (409, [])
    else:
        command = gateway.dispatch.sent[-1].command
        assert (answer.status_code, command.commit) == (200, commit)


async def test_without_an_earlier_stable_deployment_there_is_nothing_to_go_back_to(
    gateway: Gateway,
) -> None:
    serving = deployed(2, "c2")
    gateway.dispatch.answers[GetServiceById] = replace(SERVICE, serving=serving)
    page = DeploymentPage(items=(serving, deployed(1, "c1", "failed")), total=2)
    gateway.dispatch.answers[ListDeployments] = page
    answer = await gateway.ask("POST", f"{PATH}/rollback")
    assert answer.status_code == 409
    assert gateway.dispatch.sent == []


PERIOD = PeriodDocument(
    replicas_at_start=1,
    replicas_most=4,
    replica_seconds=600.5,
    cost="0.0123",
    cold_starts=2,
    held_seconds=1.5,
    refused=1,
    changes=(ReplicaChange(at=MOMENT, previous=1, desired=4, reasons=("busy",)),),
    changes_total=1,
)
PLAYED = WhatIfDocument(
    service_id=SERVICE_ID,
    start=MOMENT,
    end=MOMENT,
    requests=7,
    ready_after=1.25,
    happened=replace(PERIOD, refused=None),
    replayed=PERIOD,
    changed=replace(PERIOD, replicas_most=9),
    notes=("mind this",),
)


async def test_what_if_asks_by_the_settings_that_are_given_and_changes_nothing(
    gateway: Gateway,
) -> None:
    gateway.dispatch.answers[WhatIf] = PLAYED
    body = {
        "start": "2026-03-18T11:00:00Z", "end": "2026-03-18T12:00:00Z", "replicas_max": 9,
        "target_rps": None, "hold_limit": 5,
    }  # fmt: skip
    answer = await gateway.ask("POST", f"{PATH}/what-if", json=body)
    assert answer.status_code == 200
    question = gateway.dispatch.asked[-1].question
    assert dict(question.settings) == {"target_rps": None, "hold_limit": 5}
    assert (question.replicas_min, question.replicas_max) == (None, 9)
    assert (question.end - question.start).total_seconds() == 3600
    shown = answer.json()
    assert shown["changed"]["replicas_most"] == 9
    assert shown["replayed"]["changes"] == [
        {"at": WHEN, "previous": 1, "desired": 4, "reasons": ["busy"]}
    ]
    assert (shown["happened"]["refused"], shown["notes"]) == (None, ["mind this"])
    assert gateway.dispatch.sent == []


@pytest.mark.parametrize(
    "body",
    [{"start": "lately"}, {"window_seconds": None}, {"replicas": 3},
     {"start": "2026-03-18T12:00:00Z", "end": "2026-03-18T11:00:00Z"}],
)  # fmt: skip
async def test_what_if_names_what_is_wrong(gateway: Gateway, body: dict[str, Any]) -> None:
    gateway.dispatch.answers[WhatIf] = PLAYED
    answer = await gateway.ask("POST", f"{PATH}/what-if", json=body)
    assert answer.status_code == 400
    assert next(iter(body)) in answer.text
