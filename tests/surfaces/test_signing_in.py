"""Signing in by handle and password: who learns what, and what an answer gives away."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher

from shared.domain.principal.commands import CloseSession, OpenSession
from shared.domain.rejections import Unauthenticated
from shared.kernel.actor import process_actor
from shared.kernel.secrets import PlainText
from shared.queries.sign_in import GetHashing, HashingDocument
from tests.surfaces.stubs import CALLER, MOMENT, TOKEN, Gateway

PASSWORD = "correct horse battery"
ENCODED = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
PARAMETERS = ENCODED.rpartition("$")[0]
JSON = {"Content-Type": "application/json"}


@pytest.fixture(autouse=True)
def answers(gateway: Gateway) -> None:
    gateway.dispatch.answers[GetHashing] = lambda q: (
        HashingDocument(principal_id=CALLER.principal_id, parameters=PARAMETERS)
        if q.handle == "ann"
        else HashingDocument(principal_id=None, parameters=None)
    )


async def sign_in(gateway: Gateway, **body: Any) -> httpx.Response:
    body = body or {"handle": "ann", "password": PASSWORD}
    return await gateway.client.post("/ops/v1/sessions", json=body)


async def test_the_proof_of_the_right_password_is_the_hash_itself(gateway: Gateway) -> None:
    response = await sign_in(gateway)
    assert response.status_code == 201
    sent = gateway.dispatch.sent[0]
    assert sent.sender.actor == process_actor("gateway")
    assert sent.command == OpenSession(
        principal_id=CALLER.principal_id,
        session_id=response.json()["id"],
        proof=PlainText(text=ENCODED),
        expires_at=MOMENT + timedelta(hours=12),
    )
    assert PASSWORD not in repr(gateway.dispatch.sent) + repr(gateway.dispatch.asked)


async def test_the_cookie_is_for_this_host_and_out_of_reach_of_scripts(gateway: Gateway) -> None:
    header = (await sign_in(gateway)).headers["set-cookie"]
    name, _, rest = header.partition("=")
    assert name == "__session"
    assert {p.strip() for p in rest.split(";")[1:]} == {
        "Path=/",
        "Max-Age=43199",
        "HttpOnly",
        "SameSite=Lax",
    }


async def test_a_wrong_password_and_nobodys_handle_answer_alike(gateway: Gateway) -> None:
    gateway.dispatch.rejection = Unauthenticated()
    wrong = await sign_in(gateway, handle="ann", password="wrong horse battery")
    nobody = await sign_in(gateway, handle="nobody", password=PASSWORD)
    assert wrong.status_code == nobody.status_code == 401
    without_id = [{**r.json(), "request_id": ""} for r in (wrong, nobody)]
    assert without_id[0] == without_id[1]
    assert "set-cookie" not in wrong.headers
    # Both have cost a hash and a command.
    assert len(gateway.dispatch.sent) == 2
    proofs = [sent.command.proof.text for sent in gateway.dispatch.sent]
    assert all(proof.startswith("$argon2id$") for proof in proofs)
    assert ENCODED not in proofs


async def test_the_salt_of_nobody_is_the_same_every_time(gateway: Gateway) -> None:
    for _ in range(2):
        await sign_in(gateway, handle="nobody", password=PASSWORD)
    first, second = gateway.dispatch.sent
    assert first.command.proof == second.command.proof
    assert first.command.principal_id == "0" * 24


async def test_six_tries_a_minute_are_one_too_many(gateway: Gateway) -> None:
    gateway.dispatch.rejection = Unauthenticated()
    statuses = [(await sign_in(gateway)).status_code for _ in range(6)]
    assert statuses == [401] * 5 + [429]
    gateway.dispatch.rejection = None
    assert (await sign_in(gateway)).status_code == 429
    gateway.clock.pass_by(61)
    assert (await sign_in(gateway)).status_code == 201


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({**JSON, "Origin": "http://evil.example"}, 403),
        ({**JSON, "Sec-Fetch-Site": "cross-site"}, 403),
        ({**JSON, "Sec-Fetch-Site": "same-site"}, 403),
        ({"Content-Type": "text/plain"}, 403),
        ({}, 403),
        ({**JSON, "Origin": "http://gateway.test"}, 201),
        ({**JSON, "Sec-Fetch-Site": "same-origin"}, 201),
    ],
)
async def test_another_sites_page_cannot_sign_anybody_in(
    gateway: Gateway, headers: dict[str, str], status: int
) -> None:
    body = b'{"handle":"ann","password":"correct horse battery"}'
    response = await gateway.client.post("/ops/v1/sessions", content=body, headers=headers)
    assert response.status_code == status
    assert bool(gateway.dispatch.sent) is (status == 201)


@pytest.mark.parametrize(
    "body",
    [
        {"handle": "ann"},
        {"password": PASSWORD},
        {"handle": "ann", "password": PASSWORD, "token": TOKEN},
        {"handle": "ann", "password": "x" * 1025},
        {"handle": 1, "password": PASSWORD},
        {"user": "ann"},
    ],
)
async def test_half_a_credential_is_refused(gateway: Gateway, body: dict[str, Any]) -> None:
    assert (await sign_in(gateway, **body)).status_code == 400
    assert gateway.dispatch.sent == []


async def test_signing_out_ends_the_session_and_the_cookie(gateway: Gateway) -> None:
    session = await sign_in(gateway)
    caller = CALLER.__class__(
        **{name: getattr(CALLER, name) for name in CALLER.__dataclass_fields__}
        | {"key_id": session.json()["id"]}
    )
    gateway.sign_in(caller, secret="a-session")
    cookie = session.headers["set-cookie"].partition(";")[0]
    gateway.client.cookies.clear()
    headers = {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}
    foreign = {"Cookie": cookie, "Sec-Fetch-Site": "cross-site"}
    path = "/ops/v1/sessions/current"
    assert (await gateway.client.delete(path, headers=foreign)).status_code == 403
    response = await gateway.client.delete(path, headers=headers)
    assert response.status_code == 204
    assert "Max-Age=0" in response.headers["set-cookie"]
    assert gateway.dispatch.sent[-1].command == CloseSession(
        principal_id=CALLER.principal_id, session_id=session.json()["id"]
    )
