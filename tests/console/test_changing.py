"""A service's forms: a plan before a restore, a reason with everything, nothing in the past."""

import re
from dataclasses import replace
from typing import Any

import httpx
import pytest

from shared.domain.rejections import Conflicting, Forbidden
from shared.domain.scaling.commands import SetScalingPolicy
from shared.domain.service.commands import RequestRollout, RestoreService, ReviseWorkload
from shared.queries import audit, services
from tests.console.conftest import SAME_ORIGIN
from tests.console.scene import PATH, restore_plan
from tests.surfaces.stubs import DEPLOYMENT, SERVICE, Gateway

BOUNDS = {"replicas_min": "0", "replicas_max": "6", "idle_seconds": "90", "reason": "black friday"}


@pytest.fixture
def history(gateway: Gateway) -> services.DeploymentDocument:
    """Two deployments that succeeded; the newer one serves. This is the older."""
    older = replace(DEPLOYMENT, id="ab" * 12, commit="a" * 40)
    serving = replace(DEPLOYMENT, number=2)
    page = services.DeploymentPage(items=(serving, older), total=2)
    gateway.dispatch.answers[services.ListDeployments] = page
    gateway.dispatch.answers[services.GetServiceById] = replace(SERVICE, serving=serving)
    gateway.stack.isolated = True
    return older


async def typed(visitor: httpx.AsyncClient, page: str, action: str, **fields: str) -> Any:
    """With the token that the page itself holds."""
    text = (await visitor.get(page)).text
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', text)
    assert token is not None
    given = {"form_token": token[1], **fields}
    return await visitor.post(f"{PATH}/{action}", data=given, headers=SAME_ORIGIN)


def sent(gateway: Gateway) -> list[Any]:
    wanted = RequestRollout | RestoreService | ReviseWorkload | SetScalingPolicy
    return [each for each in gateway.dispatch.sent if isinstance(each.command, wanted)]


async def test_bounds_and_idle_time_are_two_commands_with_one_reason(
    visitor: httpx.AsyncClient, gateway: Gateway
) -> None:
    answer = await typed(visitor, f"{PATH}/change", "bounds", **BOUNDS)
    assert (answer.status_code, answer.headers["location"]) == (303, PATH)
    bounds, idle = sent(gateway)
    assert (bounds.command.replicas_min, bounds.command.replicas_max) == (0, 6)
    assert idle.command.scale_to_zero_seconds == 90
    assert {each.sender.reason for each in (bounds, idle)} == {"black friday"}


async def test_bounds_that_are_as_they_were_are_no_command(
    visitor: httpx.AsyncClient, gateway: Gateway
) -> None:
    same = {"replicas_min": "1", "replicas_max": "4", "idle_seconds": "60"}
    answer = await typed(visitor, f"{PATH}/change", "bounds", **same)
    assert answer.status_code == 303
    assert sent(gateway) == []


async def test_what_is_refused_is_said_on_the_form_with_what_was_typed(
    visitor: httpx.AsyncClient, gateway: Gateway
) -> None:
    gateway.dispatch.rejections[ReviseWorkload] = [
        Forbidden(action="service.update", resource="service")
    ]
    answer = await typed(visitor, f"{PATH}/change", "bounds", **BOUNDS)
    assert answer.status_code == 409
    assert "this needs service.update" in answer.text
    assert 'value="black friday"' in answer.text
    answer = await typed(visitor, f"{PATH}/change", "bounds", **{**BOUNDS, "replicas_max": "-1"})
    assert "must be a whole number" in answer.text


TARGETS = {
    "target_concurrency": "100",
    "target_rps": "",
    "window_seconds": "60",
    "scale_down_delay_seconds": "0",
    "hold_limit": "100",
    "hold_seconds": "30",
}


async def test_targets_are_one_command_with_what_is_another_now(
    visitor: httpx.AsyncClient, gateway: Gateway
) -> None:
    given = {**TARGETS, "target_rps": "12.5", "hold_limit": "7", "reason": "slow answers"}
    answer = await typed(visitor, f"{PATH}/change", "targets", **given)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PATH}/scaling")
    (made,) = sent(gateway)
    assert made.command == SetScalingPolicy(
        service_id=SERVICE.id, project_id=SERVICE.project_id, target_rps=12.5, hold_limit=7
    )
    assert made.sender.reason == "slow answers"


async def test_targets_as_they_were_are_no_command_and_words_are_no_number(
    visitor: httpx.AsyncClient, gateway: Gateway
) -> None:
    assert (await typed(visitor, f"{PATH}/change", "targets", **TARGETS)).status_code == 303
    for wrong in ({"window_seconds": "nan"}, {"hold_limit": "1.5"}, {"target_rps": "many"}):
        answer = await typed(visitor, f"{PATH}/change", "targets", **{**TARGETS, **wrong})
        assert answer.status_code == 409
        assert "This must be a" in answer.text
    assert sent(gateway) == []


async def test_a_rollback_names_its_target_first_and_deploys_that(
    visitor: httpx.AsyncClient, gateway: Gateway, history: services.DeploymentDocument
) -> None:
    assert "Roll back to d-1" in (await visitor.get(f"{PATH}/change")).text
    read = {"deployment": history.id, "reason": "errors"}
    answer = await typed(visitor, f"{PATH}/change", "rollback", **read)
    assert answer.status_code == 303, answer.text
    (made,) = sent(gateway)
    assert (made.command.trigger, made.command.commit) == ("rollback", "a" * 40)
    assert made.sender.reason == "errors"


async def test_a_rollback_to_another_one_than_was_read_is_not_done(
    visitor: httpx.AsyncClient, gateway: Gateway, history: services.DeploymentDocument
) -> None:
    answer = await typed(visitor, f"{PATH}/change", "rollback", deployment="cd" * 12)
    assert answer.status_code == 409
    assert sent(gateway) == []
    gateway.dispatch.rejections[RequestRollout] = [
        Conflicting(state="deploying", message="It is deploying.")
    ]
    answer = await typed(visitor, f"{PATH}/change", "rollback", deployment=history.id)
    assert "It is deploying." in answer.text


async def test_a_restore_does_what_its_plan_said(
    visitor: httpx.AsyncClient, gateway: Gateway
) -> None:
    gateway.stack.isolated = True
    plan = (await visitor.get(f"{PATH}/restore?to=3")).text
    digest = re.search(r'name="plan" value="([0-9a-f]{64})"', plan)
    assert digest is not None
    page = f"{PATH}/restore?to=3"
    read = {"to": "3", "plan": digest[1], "reason": "it worked then"}
    answer = await typed(visitor, page, "restore", **read)
    assert answer.status_code == 303, answer.text
    (made,) = sent(gateway)
    assert made.command.description == "as it was"
    assert made.sender.reason == "it worked then"


async def test_a_plan_that_is_old_is_shown_anew_and_not_applied(
    visitor: httpx.AsyncClient, gateway: Gateway
) -> None:
    gateway.stack.isolated = True
    page = f"{PATH}/restore?to=3"
    digest = re.search(r'name="plan" value="([0-9a-f]{64})"', (await visitor.get(page)).text)
    assert digest is not None
    change = replace(restore_plan().changes[0], words="Something else differs by now.")
    gateway.dispatch.answers[audit.PlanRestore] = replace(restore_plan(), changes=(change,))
    answer = await visitor.get(page)
    assert digest[1] not in answer.text
    answer = await typed(visitor, page, "restore", to="3", plan=digest[1], reason="r")
    assert answer.status_code == 409
    assert "changed since this plan was read" in answer.text
    assert sent(gateway) == []


async def test_in_the_past_forms_are_barred_with_the_reason(visitor: httpx.AsyncClient) -> None:
    page = (await visitor.get(f"{PATH}/change?as_of=39")).text
    assert "The past is fixed" in page
    assert '<fieldset class="form" disabled>' in page
    assert f"{PATH}/restore?to=40" in page


async def test_a_form_without_its_token_does_nothing(
    visitor: httpx.AsyncClient, gateway: Gateway
) -> None:
    for action in ("bounds", "targets", "rollback", "restore"):
        answer = await visitor.post(f"{PATH}/{action}", data=BOUNDS, headers=SAME_ORIGIN)
        assert answer.status_code == 403
    assert sent(gateway) == []
