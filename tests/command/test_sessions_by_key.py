"""Who holds an API key may open a session of his own with it, which ends no later than the key."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.api_key.commands import RevokeApiKey
from shared.domain.principal.commands import CloseSession, OpenSessionByKey
from shared.domain.rejections import Forbidden, Unauthenticated
from shared.envelope.messages import Accepted, Rejected
from shared.kernel.actor import Actor
from tests.command.office import Office, open_office


@pytest.fixture
async def office() -> Office:
    office = await open_office()
    await office.user("ann")
    await office.user("eve")
    return office


def opening(
    office: Office, session_id: str, *, of: str = "ann", by: str = "ann"
) -> OpenSessionByKey:
    key_id = office.actors[by].credential_id
    assert key_id is not None
    return OpenSessionByKey(
        principal_id=office.actors[of].id,
        session_id=session_id,
        key_id=key_id,
        expires_at=datetime.now(UTC) + timedelta(hours=1),
    )


def in_session(office: Office, session_id: str) -> Actor:
    return Actor(kind="user", id=office.actors["ann"].id, credential_id=session_id)


def refused(reply: Accepted | Rejected) -> object:
    assert isinstance(reply, Rejected), reply
    return reply.rejection


async def test_a_session_speaks_for_its_holder_until_it_is_closed(office: Office) -> None:
    session = office.ids.new()
    await office.accepted(opening(office, session), "ann")
    me = in_session(office, session)
    closing = CloseSession(principal_id=me.id, session_id=session)
    assert isinstance(await office.give(closing, me), Accepted)
    assert isinstance(refused(await office.give(closing, me)), Unauthenticated)


async def test_a_session_ends_with_the_key_it_was_opened_by(office: Office) -> None:
    session = office.ids.new()
    await office.accepted(opening(office, session), "ann")
    key_id = office.actors["ann"].credential_id
    assert key_id is not None
    await office.accepted(RevokeApiKey(key_id=key_id), "ann")
    me = in_session(office, session)
    closing = CloseSession(principal_id=me.id, session_id=session)
    assert isinstance(refused(await office.give(closing, me)), Unauthenticated)


async def test_nobody_opens_a_session_for_another_or_by_a_key_he_did_not_show(
    office: Office,
) -> None:
    session = office.ids.new()
    for command in (opening(office, session, of="eve"), opening(office, session, by="eve")):
        assert isinstance(refused(await office.give(command, "ann")), Forbidden)


async def test_a_session_opens_no_other(office: Office) -> None:
    session = office.ids.new()
    await office.accepted(opening(office, session), "ann")
    again = OpenSessionByKey(
        principal_id=office.actors["ann"].id,
        session_id=office.ids.new(),
        key_id=session,
        expires_at=datetime.now(UTC) + timedelta(hours=1),
    )
    assert isinstance(refused(await office.give(again, in_session(office, session))), Forbidden)
