"""A project's limits and its jobs by form."""

from dataclasses import replace
from typing import Any

import httpx

from shared.domain.execution.commands import StopExecution
from shared.domain.quota.commands import SetQuota
from shared.domain.quotas import Amount, Quota
from shared.queries import executions, identity, quotas
from tests.console.forms import sent_form
from tests.console.scene import RAN
from tests.surfaces.stubs import CALLER, PROJECT, PROJECT_ID, Gateway

LIMITS = "/console/p/acme/limits"
JOB = f"/console/p/acme/jobs/{RAN.id}"


def sent(gateway: Gateway, kind: type) -> list[Any]:
    return [each for each in gateway.dispatch.sent if isinstance(each.command, kind)]


async def test_limits_are_set_all_together_and_empty_is_none(
    visitor: httpx.AsyncClient, gateway: Gateway
) -> None:
    given = {"services": "10", "replicas": "", "cpu": "64", "memory_gb": "", "gpus": "0"}
    answer = await sent_form(visitor, LIMITS, LIMITS, **given, reason="budget")
    assert answer.headers["location"] == LIMITS
    (made,) = sent(gateway, SetQuota)
    assert made.command == SetQuota(project_id=PROJECT_ID, quota=Quota(services=10, cpu=64, gpus=0))
    assert made.sender.reason == "budget"


async def test_a_limit_that_is_no_number_is_said_with_what_was_typed(
    visitor: httpx.AsyncClient, gateway: Gateway
) -> None:
    answer = await sent_form(visitor, LIMITS, LIMITS, services="-1", cpu="7")
    assert answer.status_code == 409
    assert "must be a whole number" in answer.text
    assert 'name="cpu" type="number" min="0" max="1000000" placeholder="no limit" value="7"' in (
        answer.text
    )
    assert sent(gateway, SetQuota) == []


async def test_each_limit_says_what_is_left_of_it(
    visitor: httpx.AsyncClient, gateway: Gateway
) -> None:
    gateway.dispatch.answers[quotas.GetQuota] = quotas.QuotaDocument(
        project_id=PROJECT_ID,
        quota=Quota(services=2, replicas=4, cpu=4),
        services=2,
        used=Amount(replicas=1, cpu=5),
    )
    page = (await visitor.get(LIMITS)).text
    for words in ("full", "3 left", "beyond it", "no limit"):
        assert words in page


async def test_only_who_rules_the_installation_sets_them(
    visitor: httpx.AsyncClient, gateway: Gateway
) -> None:
    callers = gateway.dispatch.callers
    for key, caller in callers.items():
        callers[key] = replace(CALLER, key_id=caller.key_id, is_installation_admin=False)
    gateway.parts.authenticator.forget()
    page = (await visitor.get(LIMITS)).text
    assert "This needs quota.write in the whole installation" in page
    assert '<fieldset class="form" disabled>' in page


async def test_a_job_that_runs_is_stopped_and_keeps_what_it_wrote_if_wanted(
    visitor: httpx.AsyncClient, gateway: Gateway
) -> None:
    runs = replace(RAN, stage="running", outcome=None, ended_at=None)
    gateway.dispatch.answers[executions.GetJob] = runs
    may = replace(PROJECT, may=(*PROJECT.may, "job.start"))
    gateway.dispatch.answers[identity.GetProject] = may
    assert "Stop job 7" in (await visitor.get(JOB)).text
    answer = await sent_form(visitor, JOB, f"{JOB}/stop", keep="yes", reason="too slow")
    assert answer.headers["location"] == JOB
    await sent_form(visitor, JOB, f"{JOB}/stop")
    kept, dropped = sent(gateway, StopExecution)
    assert (kept.command.keeps_results, kept.sender.reason) == (True, "too slow")
    assert dropped.command.keeps_results is False


async def test_a_job_that_has_ended_has_nothing_to_stop(visitor: httpx.AsyncClient) -> None:
    assert "Stop job" not in (await visitor.get(JOB)).text
