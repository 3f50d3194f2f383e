"""A session opens for whoever knows the password, and nobody learns the hash by asking."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.principal.commands import CloseSession, OpenSession, RevisePrincipal
from shared.domain.rejections import Forbidden, NotFound, Unauthenticated
from shared.envelope.messages import Accepted, Rejected
from shared.kernel.actor import Actor, process_actor
from shared.kernel.secrets import PlainText
from tests.command.office import Office, open_office

GATEWAY = process_actor("gateway")
RIGHT, WRONG = PlainText(text="$argon2id$right"), PlainText(text="$argon2id$wrong")


@pytest.fixture
async def office() -> Office:
    office = await open_office()
    user_id = await office.user("ann")
    await office.accepted(RevisePrincipal(principal_id=user_id, password=RIGHT))
    return office


def opening(office: Office, proof: PlainText = RIGHT, **changes: Any) -> OpenSession:
    fields = {
        "principal_id": office.actors["ann"].id,
        "session_id": office.ids.new(),
        "expires_at": datetime.now(UTC) + timedelta(hours=1),
        **changes,
    }
    return OpenSession(proof=proof, **fields)


def speaking_by(office: Office, command: OpenSession) -> Actor:
    return Actor(kind="user", id=office.actors["ann"].id, credential_id=command.session_id)


async def rejection(office: Office, command: Any, who: Any) -> Any:
    reply = await office.give(command, who)
    assert isinstance(reply, Rejected), reply
    return reply.rejection


async def test_the_right_proof_opens_a_session_that_speaks_for_its_user(office: Office) -> None:
    command = opening(office)
    assert isinstance(await office.give(command, GATEWAY), Accepted)
    renamed = RevisePrincipal(principal_id=office.actors["ann"].id, name="Ann")
    assert isinstance(await office.give(renamed, speaking_by(office, command)), Accepted)


async def test_a_proof_is_compared_and_not_kept(office: Office) -> None:
    before = dict(office.store.secrets)
    await office.accepted(opening(office), GATEWAY)
    events = await office.store.read_log(0, 1000)
    assert "argon2id" not in "".join(event.data for event in events)
    assert office.store.secrets == before


@pytest.mark.parametrize("principal", ["ann", "admin", "nobody"])
async def test_every_wrong_proof_is_refused_alike(office: Office, principal: str) -> None:
    actor = office.actors.get(principal)
    command = opening(office, WRONG, principal_id=actor.id if actor else "0" * 24)
    assert await rejection(office, command, GATEWAY) == Unauthenticated()


async def test_only_the_gateway_opens_sessions(office: Office) -> None:
    assert isinstance(await rejection(office, opening(office), "ann"), Forbidden)
    scheduler = process_actor("scheduler")
    reply = await office.give(opening(office), scheduler, publisher="scheduler")
    assert isinstance(reply, Rejected) and isinstance(reply.rejection, Forbidden)


async def test_a_closed_session_opens_nothing_and_closes_once(office: Office) -> None:
    command = opening(office)
    await office.accepted(command, GATEWAY)
    closing = CloseSession(principal_id=command.principal_id, session_id=command.session_id)
    await office.accepted(closing, speaking_by(office, command))
    assert await rejection(office, closing, speaking_by(office, command)) == Unauthenticated()
    assert isinstance(await rejection(office, closing, "ann"), NotFound)


async def test_a_new_password_ends_every_session(office: Office) -> None:
    command = opening(office)
    await office.accepted(command, GATEWAY)
    await office.accepted(RevisePrincipal(principal_id=command.principal_id, password=WRONG), "ann")
    renamed = RevisePrincipal(principal_id=command.principal_id, name="Ann")
    assert await rejection(office, renamed, speaking_by(office, command)) == Unauthenticated()
    assert await rejection(office, opening(office), GATEWAY) == Unauthenticated()
    assert isinstance(await office.give(opening(office, WRONG), GATEWAY), Accepted)


async def test_a_session_ends_with_its_time(office: Office) -> None:
    command = opening(office, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    await office.accepted(command, GATEWAY)
    renamed = RevisePrincipal(principal_id=command.principal_id, name="Ann")
    assert await rejection(office, renamed, speaking_by(office, command)) == Unauthenticated()
