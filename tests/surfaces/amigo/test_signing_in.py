"""Sign-in with an API key, and the three ways in which its token may be shown."""

import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.surfaces.amigo.office import SERVICES, furnish
from tests.surfaces.stubs import CALLER, KEY_ID, MOMENT, SECRET, TOKEN, Gateway, gateway_of

SIGN_IN = "/v1/acme/user/signin_with_api_key"
GOOD = {"x-api-key": SECRET, "x-api-key-id": KEY_ID, "x-user-id": CALLER.principal_id}


async def signed_in(gateway: Gateway, path: str = SIGN_IN) -> str:
    response = await gateway.client.post(path, headers=GOOD)
    assert response.status_code == 200, response.text
    token = response.json()["id_token"]
    assert isinstance(token, str)
    return token


async def test_a_key_becomes_a_token_that_lives_long_enough_for_the_sdk(
    gateway: Gateway,
) -> None:
    response = await gateway.client.post(SIGN_IN, headers=GOOD)
    body = response.json()
    assert set(body) == {"id_token", "expires_at"}
    ends = datetime.fromisoformat(body["expires_at"])
    assert ends - MOMENT >= timedelta(minutes=59)
    shown = await gateway.client.get(
        SERVICES, headers={"Authorization": f"Bearer {body['id_token']}"}
    )
    assert shown.status_code == 200


@pytest.mark.parametrize("key", [SECRET, TOKEN])
@pytest.mark.parametrize("user", [CALLER.principal_id, CALLER.handle])
async def test_the_key_may_be_its_secret_or_its_whole_token_and_the_user_id_or_handle(
    gateway: Gateway, key: str, user: str
) -> None:
    headers = {**GOOD, "x-api-key": key, "x-user-id": user}
    assert (await gateway.client.post(SIGN_IN, headers=headers)).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"x-api-key": "w" * 40},
        {"x-api-key-id": "bb" * 12},
        {"x-user-id": "ee" * 12},
        {"x-api-key": f"cp_{'bb' * 12}_{SECRET}"},
    ],
)
async def test_what_does_not_fit_together_opens_nothing(
    gateway: Gateway, wrong: dict[str, str]
) -> None:
    response = await gateway.client.post(SIGN_IN, headers={**GOOD, **wrong})
    assert response.status_code == 401


@pytest.mark.parametrize("name", GOOD)
async def test_each_header_is_needed(gateway: Gateway, name: str) -> None:
    headers = {key: value for key, value in GOOD.items() if key != name}
    response = await gateway.client.post(SIGN_IN, headers=headers)
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == ["header", name]


async def test_nobody_signs_in_to_what_does_not_exist(gateway: Gateway) -> None:
    response = await gateway.client.post(SIGN_IN.replace("acme", "nobody"), headers=GOOD)
    assert response.status_code == 404


async def test_this_path_has_no_slash_at_its_end(gateway: Gateway) -> None:
    assert (await gateway.client.post(f"{SIGN_IN}/", headers=GOOD)).status_code == 404


async def test_in_another_organization_the_issuer_must_be_named(gateway: Gateway) -> None:
    token = await signed_in(gateway)
    elsewhere = SERVICES.replace("acme", "other")
    bearer = {"Authorization": f"Bearer {token}"}
    assert (await gateway.client.get(elsewhere, headers=bearer)).status_code == 401
    named = {**bearer, "X-ORG-ID": "acme"}
    assert (await gateway.client.get(elsewhere, headers=named)).status_code == 200
    misnamed = {**bearer, "X-ORG-ID": "other"}
    assert (await gateway.client.get(SERVICES, headers=misnamed)).status_code == 401


def basic(name: str, password: str) -> dict[str, str]:
    text = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"Authorization": f"Basic {text}"}


async def test_basic_takes_organization_and_user_with_the_token(gateway: Gateway) -> None:
    token = await signed_in(gateway)
    good = basic(f"acme_{CALLER.principal_id}", token)
    assert (await gateway.client.get(SERVICES, headers=good)).status_code == 200
    for wrong in (
        basic(f"other_{CALLER.principal_id}", token),
        basic(f"acme_{'ee' * 12}", token),
        basic(f"acme_{CALLER.principal_id}", "x.y.z"),
        {"Authorization": "Basic ???"},
        {"Authorization": "Basic"},
    ):
        assert (await gateway.client.get(SERVICES, headers=wrong)).status_code == 401


async def test_a_token_is_dead_the_moment_its_key_is(gateway: Gateway) -> None:
    bearer = {"Authorization": f"Bearer {await signed_in(gateway)}"}
    assert (await gateway.client.get(SERVICES, headers=bearer)).status_code == 200
    gateway.dispatch.callers.clear()
    gateway.parts.authenticator.forget()
    assert (await gateway.client.get(SERVICES, headers=bearer)).status_code == 401


async def test_a_token_of_this_surface_opens_no_other(gateway: Gateway) -> None:
    bearer = {"Authorization": f"Bearer {await signed_in(gateway)}"}
    assert (await gateway.client.get("/ops/v1/whoami", headers=bearer)).status_code == 401
    assert (await gateway.client.get("/acme/services", headers=bearer)).status_code == 401


async def test_a_key_that_ends_soon_ends_the_token(gateway: Gateway) -> None:
    gateway.sign_in(replace(CALLER, key_expires_at=MOMENT + timedelta(minutes=10)))
    body = (await gateway.client.post(SIGN_IN, headers=GOOD)).json()
    assert datetime.fromisoformat(body["expires_at"]) <= MOMENT + timedelta(minutes=10)


@pytest.fixture
async def published_limits(keys_dir: Path) -> AsyncIterator[Gateway]:
    made = gateway_of(keys_dir, rate_limits="published")
    furnish(made)
    yield made
    await made.client.aclose()
    made.parts.hashers.close()


@pytest.mark.parametrize(
    ("method", "path", "limit"),
    [
        ("GET", SERVICES, 50),
        ("POST", SERVICES, 20),
        ("POST", f"{SERVICES}{'cc' * 12}/", 20),
        ("PUT", f"{SERVICES}{'cc' * 12}/version_sets/b/", 30),
        ("DELETE", f"{SERVICES}{'cc' * 12}/version_sets/b/", 30),
    ],
)
async def test_every_endpoint_has_its_own_published_limit(
    published_limits: Gateway, method: str, path: str, limit: int
) -> None:
    for used in range(1, limit + 1):
        response = await published_limits.ask(method, path)
        assert response.status_code != 429
        assert response.headers["x-ratelimit-limit"] == str(limit)
        assert response.headers["x-ratelimit-remaining"] == str(limit - used)
    over = await published_limits.ask(method, path)
    assert over.status_code == 429
    assert int(over.headers["retry-after"]) >= 1
    assert int(over.headers["x-ratelimit-reset"]) > published_limits.clock.now().timestamp()
    other = "POST" if method == "GET" else "GET"
    assert (await published_limits.ask(other, SERVICES)).status_code != 429


async def test_the_sixth_sign_in_of_a_minute_waits(published_limits: Gateway) -> None:
    statuses = [
        (await published_limits.client.post(SIGN_IN, headers=GOOD)).status_code for _ in range(6)
    ]
    assert statuses == [200] * 5 + [429]
