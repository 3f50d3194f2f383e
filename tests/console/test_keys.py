"""Keys by form: the token is in one answer and nowhere else; integrity says what was found."""

import re
from dataclasses import replace

import httpx

from shared.access.digest import digest_of
from shared.domain.api_key.commands import IssueApiKey, RevokeApiKey
from shared.queries import integrity
from tests.console.conftest import SAME_ORIGIN
from tests.console.scene import INTEGRITY, KEY
from tests.surfaces.stubs import Gateway


async def form_token(visitor: httpx.AsyncClient) -> str:
    found = re.search(r'name="form_token" value="(\w+)"', (await visitor.get("/console/keys")).text)
    assert found is not None
    return found[1]


async def test_a_key_is_shown_once(visitor: httpx.AsyncClient, gateway: Gateway) -> None:
    given = {"name": "ci", "days": "30", "reason": "deploys", "form_token": ""}
    given["form_token"] = await form_token(visitor)
    answer = await visitor.post("/console/keys", data=given, headers=SAME_ORIGIN)
    assert answer.status_code == 200
    shown = re.search(r'<pre class="log">([^<]+)</pre>', answer.text)
    assert shown is not None
    sent = gateway.dispatch.sent[-1]
    assert isinstance(sent.command, IssueApiKey)
    assert sent.sender.reason == "deploys"
    assert sent.command.expires_at is not None
    secret = shown[1][-64:]
    assert sent.command.digest == digest_of(secret, gateway.parts.installation)
    assert secret not in (await visitor.get("/console/keys")).text


async def test_a_key_of_no_sensible_length_is_not_made(
    visitor: httpx.AsyncClient, gateway: Gateway
) -> None:
    given = {"name": "ci", "days": "0", "form_token": await form_token(visitor)}
    answer = await visitor.post("/console/keys", data=given, headers=SAME_ORIGIN)
    assert answer.status_code == 409
    assert "From 1 to" in answer.text
    assert not any(isinstance(each.command, IssueApiKey) for each in gateway.dispatch.sent)


async def test_a_key_is_revoked_with_a_reason(visitor: httpx.AsyncClient, gateway: Gateway) -> None:
    given = {"reason": "leaked", "form_token": await form_token(visitor)}
    path = f"/console/keys/{KEY.id}/revoke"
    answer = await visitor.post(path, data=given, headers=SAME_ORIGIN)
    assert answer.headers["location"] == "/console/keys"
    sent = gateway.dispatch.sent[-1]
    assert sent.command == RevokeApiKey(key_id=KEY.id)
    assert sent.sender.reason == "leaked"


async def test_integrity_says_what_is_bad_and_what_is_well(
    visitor: httpx.AsyncClient, gateway: Gateway
) -> None:
    assert "Not as it was sealed at position 7" in (await visitor.get("/console/integrity")).text
    assert INTEGRITY.verification is not None
    well = replace(INTEGRITY.verification, bad_position=None, reason=None)
    gateway.dispatch.answers[integrity.GetIntegrity] = replace(INTEGRITY, verification=well)
    assert "All as it was sealed" in (await visitor.get("/console/integrity")).text
