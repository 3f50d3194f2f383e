"""Who calls: what opens a door, what never does, and how soon a change of access is seen."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from services.gateway.authenticate import Authenticator, presented_by
from shared.access.digest import Presented
from shared.domain.api_key.commands import RevokeApiKey
from shared.queries.identity import (
    ApiKeyDocument,
    Authenticate,
    AuthenticateKey,
    CallerDocument,
    GetApiKey,
    WhoAmI,
)
from tests.surfaces.stubs import CALLER, KEY_ID, MOMENT, SECRET, TOKEN, Gateway, SetClock

JWT_NONE = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9."
JWT_KID = "eyJhbGciOiJIUzI1NiIsImtpZCI6Ii4uLy4uL3gifQ.eyJzdWIiOiJhZG1pbiJ9.c2ln"
OTHER_BIT = SECRET[:-1] + "t"
REFUSED = [
    "",
    "Bearer",
    "Bearer ",
    f"Basic {SECRET}",
    f"Bearer {JWT_NONE}",
    f"Bearer {JWT_KID}",
    f"Bearer cp_{KEY_ID}_{OTHER_BIT}",
    f"Bearer cp_{'00' * 12}_{SECRET}",
    f"Bearer cp_{KEY_ID}",
    f"Bearer cp_{KEY_ID}_{SECRET}\x7f",
    f"Bearer {'x' * 5000}",
    f"API-Key {SECRET}",
    f"API-Key laptop${OTHER_BIT}",
    f"API-Key desktop${SECRET}",
    f"API-Key ${SECRET}",
    "API-Key laptop$",
    "Bearer ' or 1=1 --",
]


@pytest.mark.parametrize("header", REFUSED)
@pytest.mark.parametrize(
    ("path", "code"), [("/acme/services", "unauthorized"), ("/ops/v1/whoami", "unauthorized")]
)
async def test_a_credential_that_is_not_exactly_right_is_401_in_the_dialect(
    gateway: Gateway, header: str, path: str, code: str
) -> None:
    response = await gateway.ask("GET", path, headers={"Authorization": header})
    assert response.status_code == 401
    body = response.json()
    assert (body["error"] if path == "/acme/services" else body)["code"] == code
    assert gateway.dispatch.asked == []
    assert SECRET not in response.text


@pytest.mark.parametrize(
    "header",
    [f"Bearer {TOKEN}", f"bearer {TOKEN}", f"API-Key laptop${SECRET}", f"Bearer {SECRET}"],
)
async def test_a_live_key_opens_in_every_published_spelling(gateway: Gateway, header: str) -> None:
    gateway.dispatch.answers[WhoAmI] = CALLER
    response = await gateway.ask("GET", "/ops/v1/whoami", headers={"Authorization": header})
    assert response.status_code == 200
    assert response.json() == {
        "principal_id": CALLER.principal_id,
        "kind": "user",
        "handle": "ann",
        "name": "Ann",
        "key": {"id": KEY_ID, "name": "laptop", "expires_at": None},
        "is_installation_admin": True,
        "accounts": [CALLER.principal_id],
    }


def test_a_secret_after_the_first_dollar_may_hold_more_of_them() -> None:
    assert presented_by("API-Key a b$c$d") == Presented(secret="c$d", key_name="a b")


async def test_two_credentials_in_one_request_are_refused(gateway: Gateway) -> None:
    headers = [("Authorization", f"Bearer {TOKEN}"), ("Authorization", "Bearer other")]
    response = await gateway.client.get("/acme/services", headers=headers)
    assert response.status_code == 400


async def test_an_answer_is_kept_for_a_second_and_no_longer(gateway: Gateway) -> None:
    for _ in range(3):
        await gateway.ask("GET", "/acme/service/a")
    assert gateway.dispatch.authentications == 1
    gateway.clock.pass_by(1.01)
    gateway.dispatch.callers.clear()
    assert (await gateway.ask("GET", "/acme/service/a")).status_code == 401


async def test_a_key_that_ends_sooner_is_kept_only_so_long(gateway: Gateway) -> None:
    gateway.sign_in(replace(CALLER, key_expires_at=MOMENT + timedelta(milliseconds=200)))
    assert (await gateway.ask("GET", "/acme/service/a")).status_code == 200
    gateway.clock.pass_by(0.25)
    gateway.dispatch.callers.clear()
    assert (await gateway.ask("GET", "/acme/service/a")).status_code == 401


async def test_a_change_of_access_is_seen_by_the_next_request(gateway: Gateway) -> None:
    assert (await gateway.ask("GET", "/acme/service/a")).status_code == 200
    gateway.dispatch.callers.clear()
    gateway.parts.authenticator.forget()
    assert (await gateway.ask("GET", "/acme/service/a")).status_code == 401


async def test_who_revokes_his_own_key_is_out_at_once(gateway: Gateway) -> None:
    gateway.dispatch.answers[GetApiKey] = ApiKeyDocument(
        id=KEY_ID,
        principal_id=CALLER.principal_id,
        name="laptop",
        expires_at=None,
        revoked_at=MOMENT,
        created_at=MOMENT,
    )
    assert (await gateway.ask("DELETE", f"/ops/v1/api-keys/{KEY_ID}")).status_code == 204
    assert gateway.dispatch.sent[0].command == RevokeApiKey(key_id=KEY_ID)
    gateway.dispatch.callers.clear()
    assert (await gateway.ask("GET", "/acme/service/a")).status_code == 401


class SlowAsker:
    def __init__(self) -> None:
        self.asked = 0
        self.may_answer = asyncio.Event()

    async def who_calls(self, question: Authenticate | AuthenticateKey) -> CallerDocument | None:
        self.asked += 1
        await self.may_answer.wait()
        return CALLER


async def test_many_at_once_ask_only_once() -> None:
    asker = SlowAsker()
    authenticator = Authenticator(asker, b"installation", SetClock())
    callers = [asyncio.ensure_future(authenticator.caller_of(f"Bearer {TOKEN}")) for _ in range(50)]
    await asyncio.sleep(0)
    asker.may_answer.set()
    assert await asyncio.gather(*callers) == [CALLER] * 50
    assert asker.asked == 1


async def test_an_answer_from_before_a_change_is_not_kept_after_it() -> None:
    asker = SlowAsker()
    authenticator = Authenticator(asker, b"installation", SetClock())
    early = asyncio.ensure_future(authenticator.caller_of(f"Bearer {TOKEN}"))
    await asyncio.sleep(0)
    authenticator.forget()
    asker.may_answer.set()
    await early
    await authenticator.caller_of(f"Bearer {TOKEN}")
    assert asker.asked == 2


async def test_a_client_that_leaves_takes_nobody_with_it() -> None:
    asker = SlowAsker()
    authenticator = Authenticator(asker, b"installation", SetClock())
    leaving = asyncio.ensure_future(authenticator.caller_of(f"Bearer {TOKEN}"))
    staying = asyncio.ensure_future(authenticator.caller_of(f"Bearer {TOKEN}"))
    await asyncio.sleep(0)
    leaving.cancel()
    asker.may_answer.set()
    assert await staying == CALLER
