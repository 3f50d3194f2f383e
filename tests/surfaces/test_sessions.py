"""Sessions of browsers: opened by a key, shown by a cookie, refused to other sites."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from services.gateway import sessions
from services.gateway.call import Call
from services.gateway.refusals import NotAllowed, Refused
from services.gateway.registry import SURFACES
from shared.domain.principal.commands import CloseSession, OpenSessionByKey
from tests.surfaces.stubs import CALLER, KEY_ID, TOKEN, Gateway

ID = "12" * 12
OPS = next(surface for surface in SURFACES if surface.name == "ops")


def call_to(gateway: Gateway, method: str = "GET", **headers: str) -> Call:
    return Call(
        parts=gateway.parts,
        surface=OPS,
        request_id="req_1234567890",
        method=method,
        path="/ops/v1/whoami",
        query_string="",
        headers={
            name.replace("_", "-").encode(): value.encode()
            for name, value in {"host": "here.test", **headers}.items()
        },
    )


async def a_session(gateway: Gateway) -> sessions.Opened:
    opened = await sessions.open_by_key(call_to(gateway), TOKEN)
    assert opened is not None
    gateway.dispatch.callers[opened.session_id] = replace(CALLER, key_id=opened.session_id)
    return opened


def cookie_of(session: sessions.Opened) -> str:
    return f"{sessions.COOKIE}={session.token}"


async def test_a_session_opened_by_a_key_is_one_of_the_log(gateway: Gateway) -> None:
    session = await a_session(gateway)
    command = gateway.dispatch.sent[0].command
    assert isinstance(command, OpenSessionByKey)
    assert (command.session_id, command.key_id) == (session.session_id, KEY_ID)
    assert command.expires_at == gateway.clock.now() + sessions.LIFE


async def test_each_sign_in_has_an_id_of_its_own(gateway: Gateway) -> None:
    first, second = await a_session(gateway), await a_session(gateway)
    assert first.session_id != second.session_id
    assert first.token != second.token


async def test_a_session_ends_no_later_than_its_key(gateway: Gateway) -> None:
    ends = gateway.clock.now() + timedelta(minutes=5)
    gateway.sign_in(replace(CALLER, key_expires_at=ends))
    session = await a_session(gateway)
    assert session.expires_at == ends.replace(microsecond=0)


async def test_a_wrong_token_opens_none(gateway: Gateway) -> None:
    assert await sessions.open_by_key(call_to(gateway), TOKEN + "x") is None
    assert gateway.dispatch.sent == []


async def test_the_cookie_speaks_for_its_holder(gateway: Gateway) -> None:
    session = await a_session(gateway)
    path = "/ops/v1/services/" + "cc" * 12
    response = await gateway.client.get(path, headers={"Cookie": cookie_of(session)})
    assert response.status_code == 200
    assert (await gateway.client.get(path)).status_code == 401


@pytest.mark.parametrize(
    "spoil",
    [
        lambda cookie: cookie[:-2] + "xx",
        lambda cookie: f"{cookie}; {cookie}x",
        lambda cookie: cookie.replace("__session", "session"),
        lambda cookie: "__session=",
        lambda cookie: f"__session={TOKEN}",
    ],
)
async def test_any_other_cookie_says_nothing(gateway: Gateway, spoil: Callable[[str], str]) -> None:
    cookie = spoil(cookie_of(await a_session(gateway)))
    assert await sessions.by_session(call_to(gateway, cookie=cookie)) is None


async def test_a_session_that_is_over_says_nothing(gateway: Gateway) -> None:
    session = await a_session(gateway)
    call = call_to(gateway, cookie=cookie_of(session))
    assert await sessions.by_session(call) is not None
    gateway.clock.pass_by(sessions.LIFE.total_seconds() + 1)
    assert await sessions.by_session(call) is None


@pytest.mark.parametrize(
    ("headers", "is_own"),
    [
        ({"sec_fetch_site": "same-origin"}, True),
        ({"sec_fetch_site": "same-site"}, False),
        ({"sec_fetch_site": "cross-site"}, False),
        ({"sec_fetch_site": "none"}, False),
        ({"origin": "http://here.test"}, True),
        ({"origin": "http://there.test"}, False),
        ({"origin": "http://here.test.evil"}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://here.test", "sec_fetch_site": "cross-site"}, False),
        ({}, False),
    ],
)
async def test_a_write_by_cookie_must_come_from_our_own_pages(
    gateway: Gateway, headers: dict[str, str], is_own: bool
) -> None:
    session = await a_session(gateway)
    call = call_to(gateway, "POST", cookie=cookie_of(session), **headers)
    if is_own:
        assert await sessions.by_session(call) is not None
    else:
        with pytest.raises(Refused) as refused:
            await sessions.by_session(call)
        assert isinstance(refused.value.refusal, NotAllowed)


async def test_an_api_takes_no_form_from_a_session(gateway: Gateway) -> None:
    session = await a_session(gateway)
    call = call_to(
        gateway,
        "POST",
        cookie=cookie_of(session),
        sec_fetch_site="same-origin",
        content_type="text/plain",
    )
    call.body = b'{"name": "x"}'
    with pytest.raises(Refused):
        await sessions.by_authorization_or_session(call)
    call.headers[b"content-type"] = b"application/json; charset=utf-8"
    assert await sessions.by_authorization_or_session(call) is not None


async def test_signing_out_closes_the_session_and_takes_the_cookie_back(gateway: Gateway) -> None:
    session = await a_session(gateway)
    call = call_to(gateway, "POST", cookie=cookie_of(session), sec_fetch_site="same-origin")
    call.caller = await sessions.by_session(call)
    await sessions.close(call)
    command = gateway.dispatch.sent[-1].command
    assert command == CloseSession(principal_id=CALLER.principal_id, session_id=session.session_id)
    assert b"Max-Age=0" in sessions.no_cookie_header(is_https=False)


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_hosts() -> None:
    header = sessions.no_cookie_header(is_https=True).decode()
    assert "HttpOnly" in header
    assert "SameSite=Lax" in header
    assert "Path=/" in header
    assert "Secure" in header
    assert "Domain" not in header
