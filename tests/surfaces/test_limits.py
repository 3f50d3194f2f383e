"""Rate limits: headers on every answer, 429 with Retry-After, per credential and surface."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from services.gateway.limits import Limits, Rate
from shared.queries.identity import WhoAmI
from tests.surfaces.stubs import CALLER, Gateway, SetClock, gateway_of

HEADERS = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")


@pytest_asyncio.fixture
async def limited(keys_dir: Path) -> AsyncIterator[Gateway]:
    made = gateway_of(keys_dir, rate_limits="published", rate_limit_tier="free")
    made.dispatch.answers[WhoAmI] = CALLER
    yield made
    await made.client.aclose()
    made.parts.hashers.close()


async def test_the_published_burst_is_held_and_recovers(limited: Gateway) -> None:
    answers = [await limited.ask("GET", "/acme/service/a") for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    refused = answers[-1]
    assert refused.json()["error"]["code"] == "rate_limited"
    assert refused.headers["retry-after"] == "1"
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers[:3]] == ["59", "58", "57"]
    assert refused.headers["x-ratelimit-limit"] == "60"
    assert (
        int(refused.headers["x-ratelimit-reset"]) == int(limited.clock.now().timestamp()) + 10 + 1
    )
    limited.clock.pass_by(1)
    assert (await limited.ask("GET", "/acme/service/a")).status_code == 200


def test_a_minute_gives_no_more_than_its_number_and_what_it_regains() -> None:
    clock = SetClock()
    limits = Limits(clock)
    taken = 0
    for _ in range(600):
        allowance = limits.take("outpost", "a", Rate(per_minute=60, burst_per_second=10))
        taken += allowance.retry_after_seconds is None
        clock.pass_by(0.1)
    assert 118 <= taken <= 120


async def test_one_credential_does_not_use_up_anothers(limited: Gateway) -> None:
    for _ in range(11):
        await limited.ask("GET", "/acme/service/a")
    other = replace(CALLER, key_id="12" * 12)
    limited.sign_in(other, secret="o" * 40)
    headers = {"Authorization": f"Bearer {'o' * 40}"}
    assert (await limited.ask("GET", "/acme/service/a", headers=headers)).status_code == 200


async def test_another_surface_has_limits_of_its_own(limited: Gateway) -> None:
    for _ in range(11):
        await limited.ask("GET", "/acme/service/a")
    response = await limited.ask("GET", "/ops/v1/whoami")
    assert response.status_code == 200
    assert response.headers["x-ratelimit-limit"] != "60"


async def test_wrong_credentials_share_the_limit_of_their_address(limited: Gateway) -> None:
    statuses = [
        (
            await limited.ask("GET", "/acme/services", headers={"Authorization": f"Bearer {n}"})
        ).status_code
        for n in range(11)
    ]
    assert statuses == [401] * 10 + [429]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/acme/service/a"),
        ("GET", "/acme/services?page=x"),
        ("GET", "/nobody/services?page=x"),
        ("PATCH", "/acme/services"),
        ("GET", "/no/such/path/at/all"),
        ("GET", "/acme/services/"),
        ("POST", "/auth/v1/seed/acme/services"),
        ("GET", "/ops/v1/nothing"),
    ],
)
async def test_every_answer_of_a_surface_tells_the_limits(
    gateway: Gateway, method: str, path: str
) -> None:
    response = await gateway.ask(method, path)
    assert all(name in response.headers for name in HEADERS)
    missing = await gateway.ask(method, path, headers={"Authorization": ""})
    assert all(name in missing.headers for name in HEADERS)


async def test_limits_can_be_switched_off(keys_dir: Path) -> None:
    made = gateway_of(keys_dir, rate_limits="off")
    response = await made.ask("GET", "/acme/service/a")
    assert response.status_code == 200
    assert not any(name in response.headers for name in HEADERS)
    await made.client.aclose()


async def test_health_and_readiness_are_not_limited(limited: Gateway) -> None:
    statuses = {(await limited.client.get("/health")).status_code for _ in range(20)}
    assert statuses == {200}
