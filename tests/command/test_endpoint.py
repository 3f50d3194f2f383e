"""What the command process hears is answered, whatever it is; what strayed to it is refused."""

import pytest
from prometheus_client import CollectorRegistry

from services.command.app import Endpoint
from services.command.measures import Measures
from shared.domain.rejections import Forbidden, Invalid
from shared.envelope.messages import CommandEnvelope, Rejected, decode_reply, encode_command
from shared.runtime.clock import SystemClock
from shared.runtime.telemetry import NoTelemetry
from tests.command.office import Office, open_office


@pytest.fixture
async def office() -> Office:
    return await open_office()


def endpoint(office: Office) -> Endpoint:
    return Endpoint(
        handler=office.handler,
        clock=SystemClock(),
        measures=Measures(CollectorRegistry()),
        telemetry=NoTelemetry(),
    )


async def told(office: Office, subject: str, body: bytes) -> object:
    reply = decode_reply(await endpoint(office).answer(subject, body, {}))
    assert isinstance(reply, Rejected), reply
    return reply.rejection


@pytest.mark.parametrize(
    "subject",
    [
        "events.a.service.b.registered",
        "$KV.routes.x",
        "commands.gateway",
        "commands.gateway.service.more",
        "questions.gateway.services",
    ],
)
async def test_a_command_on_a_foreign_subject_is_refused_unread(
    office: Office, subject: str
) -> None:
    """JetStream delivers where a consumer says, and shows where it was said (THREATS row 45)."""
    head = await office.store.head()
    envelope = CommandEnvelope(
        command_id="00000000-0000-8000-8000-000000000001",
        actor=office.actors["admin"],
        surface="test",
        correlation_id="c",
        command=office.register("default"),
    )
    assert isinstance(await told(office, subject, encode_command(envelope)), Forbidden)
    assert await office.store.head() == head


@pytest.mark.parametrize(
    "body", [b"", b"\xff", b"{", b"[]", b"null", b'"x"', b"9" * 6000, b'{"type": 3}', b"[" * 9999]
)
async def test_nonsense_is_no_command_and_is_told_so(office: Office, body: bytes) -> None:
    assert isinstance(await told(office, "commands.gateway.service", body), Invalid)
