"""The relay on a real bus: the sequence of the stream is the position in the log, come what may."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest
from nats.js.errors import NotFoundError

from services.command.access import AccessFollower
from services.command.handle import Handler
from services.command.relay import Relay
from shared.bus.broker import Bus
from shared.bus.subjects import EVENT_STREAM, event_subject
from shared.domain.principal.commands import CreateOrganization
from shared.envelope.codec import Undecodable
from shared.envelope.event import EventEnvelope, from_cloud_event
from shared.runtime.shutdown import Shutdown
from tests.command.office import Office, open_office
from tests.support.nats import NatsServer

SECONDS = 8.0


@dataclass(slots=True, kw_only=True)
class Wire:
    """What the stream holds, as (sequence, event id)."""

    bus: Bus

    async def held(self) -> list[tuple[int, str]]:
        js = self.bus.client.jetstream(timeout=2)
        try:
            state = (await js.stream_info(EVENT_STREAM)).state
        except NotFoundError:
            return []
        found = []
        for sequence in range(state.first_seq, state.last_seq + 1):
            body = (await js.get_msg(EVENT_STREAM, sequence)).data or b""
            found.append((sequence, from_cloud_event(body).event_id))
        return found

    async def write(self, body: bytes) -> None:
        """As only the command process can, and never would."""
        subject = event_subject("0" * 24, "service", "1" * 24, "registered")
        await self.bus.client.jetstream(timeout=2).publish(subject, body)


@pytest.fixture
async def wire(nats_bus: NatsServer) -> AsyncIterator[Wire]:
    bus = Bus(nats_bus.settings(), "command")
    await bus.start()
    yield Wire(bus=bus)
    if bus.is_connected:
        await bus.stop()


@asynccontextmanager
async def relaying(wire: Wire, office: Office) -> AsyncIterator[Relay]:
    relay = Relay(wire.bus, office.store, office.handler)
    shutdown = Shutdown()
    task = asyncio.create_task(relay.run(shutdown))
    try:
        yield relay
    finally:
        shutdown.ask()
        relay.wake(0)
        await asyncio.wait_for(task, SECONDS)


async def log_of(office: Office) -> list[tuple[int, str]]:
    return [(event.position, event.event_id) for event in await office.store.read_log(0, 1000)]


async def level(relay: Relay, wire: Wire, office: Office) -> None:
    """Until the stream is the log, event for event."""
    async with asyncio.timeout(SECONDS):
        while relay.position != await office.store.head():
            await asyncio.sleep(0.02)
    assert await wire.held() == await log_of(office)


async def test_what_is_appended_is_published_in_order(wire: Wire) -> None:
    office = await open_office()
    async with relaying(wire, office) as relay:
        await level(relay, wire, office)
        await office.user("ann")
        await office.accepted(office.register("ann"), "ann")
        await level(relay, wire, office)


async def test_a_relay_that_comes_later_goes_on_where_the_last_one_ended(wire: Wire) -> None:
    office = await open_office()
    async with relaying(wire, office) as relay:
        await level(relay, wire, office)
    await office.user("ann")
    async with relaying(wire, office) as relay:
        await level(relay, wire, office)


async def test_a_lost_stream_is_made_and_filled_again(wire: Wire) -> None:
    office = await open_office()
    async with relaying(wire, office) as relay:
        await level(relay, wire, office)
        await wire.bus.client.jetstream(timeout=2).delete_stream(EVENT_STREAM)
        await office.user("ann")
        await level(relay, wire, office)


async def test_a_message_that_is_no_event_of_the_log_does_not_stay(wire: Wire) -> None:
    office = await open_office()
    async with relaying(wire, office) as relay:
        await level(relay, wire, office)
        await wire.write(b"poison")
        await office.accepted(
            CreateOrganization(
                principal_id=office.ids.new(),
                home_project_id=office.ids.new(),
                handle="acme",
                name="acme",
            )
        )
        await level(relay, wire, office)


async def test_a_stream_beyond_a_restored_log_is_replaced(wire: Wire) -> None:
    office = await open_office()
    async with relaying(wire, office) as relay:
        await office.user("ann")
        await level(relay, wire, office)
    restored = await open_office()
    async with relaying(wire, restored) as relay:
        await level(relay, wire, restored)


async def test_a_stream_of_a_log_that_has_grown_anew_since_is_replaced(wire: Wire) -> None:
    """After a restore others may have appended before we look: the lengths alone tell nothing."""
    office = await open_office()
    async with relaying(wire, office) as relay:
        await office.user("ann")
        await level(relay, wire, office)
    grown = await open_office()
    for name in ("bob", "cid", "dan"):
        await grown.user(name)
    assert await grown.store.head() > await office.store.head()
    async with relaying(wire, grown) as relay:
        await level(relay, wire, grown)


async def test_two_relays_at_once_publish_nothing_twice(wire: Wire, nats_bus: NatsServer) -> None:
    office = await open_office()
    other = Bus(nats_bus.settings(), "command")
    await other.start()
    async with relaying(wire, office) as one, relaying(replace(wire, bus=other), office) as two:
        for name in ("ann", "bob", "cid", "dan", "eve"):
            await office.user(name)
            one.wake(0)
            two.wake(0)
        await level(one, wire, office)
        await level(two, wire, office)
    await other.stop()


async def test_what_follows_is_done_though_who_decided_it_died_at_once(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user is in the log and his process is gone; another one, which has not heard of him,
    relays: it gives him his home project."""
    office = await open_office()
    facts = replace(office.handler.facts, access=AccessFollower(office.store))
    relaying_process = replace(office.handler, facts=facts)
    with monkeypatch.context() as patch:
        patch.setattr(Handler, "_settle", _die)
        with pytest.raises(asyncio.CancelledError):
            await office.user("ann")
    office.handler = relaying_process
    async with relaying(wire, office) as relay:
        await level(relay, wire, office)
    types = [event.type for event in await office.store.read_log(0, 1000)]
    assert types.count("principal.user_created") == types.count("project.created") - 1


async def test_a_cause_of_an_unknown_shape_does_not_stop_the_log(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = await open_office()
    await office.user("ann")
    monkeypatch.setattr(EventEnvelope, "decoded", _of_tomorrow)
    async with relaying(wire, office) as relay:
        await level(relay, wire, office)


async def _die(*_: object) -> None:
    raise asyncio.CancelledError


def _of_tomorrow(_: EventEnvelope) -> None:
    raise Undecodable("of tomorrow")
