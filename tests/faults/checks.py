"""What must be true of a stack whatever happened to it (EVENTSTORE 5.12): read from outside, as the
database's superuser and over the gateway, never from what the processes say of themselves."""

import asyncio
import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nats
from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from psycopg.conninfo import make_conninfo

from services.query.rebuild import rebuild
from services.query.registry import PROJECTED
from shared.bus.subjects import EVENT_STREAM, inbox_prefix
from shared.eventstore import EventStore, Recorded
from shared.eventstore.chain import verify
from shared.runtime.keys import Keys
from tests.faults.load import Told
from tests.support.outpost import Outpost
from tests.support.stack import Stack


@dataclass(frozen=True, slots=True)
class Log:
    events: tuple[Recorded, ...]

    def of_type(self, type_: str) -> list[Recorded]:
        return [event for event in self.events if event.type == type_]

    def command_of(self, position: int) -> list[Recorded]:
        """All events of the command that ends (or stands) at this position."""
        command_id = self.events[position - 1].command_id
        return [event for event in self.events if event.command_id == command_id]


async def read_log(stack: Stack) -> Log:
    store = await EventStore.open(stack.superuser_dsn(), pool_max=2, read_only=True)
    events: list[Recorded] = []
    try:
        while page := await store.read_log(len(events), 1000):
            events.extend(page)
    finally:
        await store.close()
    return Log(tuple(events))


def check_order(log: Log) -> None:
    """Positions and versions are dense, time never goes back, every chain verifies."""
    assert [event.position for event in log.events] == list(range(1, len(log.events) + 1))
    times = [event.recorded_at for event in log.events]
    assert times == sorted(times)
    streams: dict[str, list[Recorded]] = defaultdict(list)
    for event in log.events:
        streams[event.stream].append(event)
    for stream in streams.values():
        verify(stream)


def check_told(log: Log, told: list[Told]) -> None:
    """Nothing that was acknowledged is missing, and nothing that was asked for is there twice."""
    names = {_data(event)["service_id"]: _data(event)["name"] for event in _registered(log)}
    for one in told:
        if one.status == 409:
            continue
        assert 1 <= one.position <= len(log.events), one
        assert _is_in(log.command_of(one.position), one, names), one
    registered = Counter(_data(event)["name"] for event in _registered(log))
    created = [one.name for one in told if one.kind == "create"]
    assert {name: registered[name] for name in created} == dict.fromkeys(created, 1)
    revised = Counter(
        names[_data(e)["service_id"]] for e in log.of_type("service.workload_revised")
    )
    assert [name for name in created if revised[name] > 1] == []
    refused = {one.name for one in told if one.kind == "update" and one.status == 409}
    assert [name for name in refused if revised[name]] == []
    given = Counter(_data(event)["action"] for event in log.of_type("grant.given"))
    grants = [one.detail for one in told if one.kind == "grant"]
    assert {action: given[action] for action in grants} == dict.fromkeys(grants, 1)
    removed = Counter(names[_data(event)["service_id"]] for event in log.of_type("service.removed"))
    deleted = [one.name for one in told if one.kind == "delete"]
    assert {name: removed[name] for name in deleted} == dict.fromkeys(deleted, 1)


def _is_in(events: list[Recorded], one: Told, names: dict[str, str]) -> bool:
    match one.kind:
        case "create":
            return any(
                event.type == "service.registered" and _data(event)["name"] == one.name
                for event in events
            )
        case "update":
            return any(
                event.type == "service.workload_revised"
                and names[_data(event)["service_id"]] == one.name
                and str(_data(event)["workload"]["replicas_max"]) == one.detail
                for event in events
            )
        case "grant":
            return any(
                event.type == "grant.given" and _data(event)["action"] == one.detail
                for event in events
            )
        case "delete":
            return any(
                event.type == "service.removed" and names[_data(event)["service_id"]] == one.name
                for event in events
            )
        case _:
            raise AssertionError(f"{one.kind} is not known here")


def check_services(log: Log, outpost: Outpost) -> None:
    """The list over the gateway is what a fold of the log gives, name for name."""
    removed = {_data(event)["service_id"] for event in log.of_type("service.removed")}
    revised = {
        _data(event)["service_id"]: _data(event)["workload"]["replicas_max"]
        for event in log.of_type("service.workload_revised")
    }
    folded = {
        _data(event)["name"]: revised.get(
            _data(event)["service_id"], _data(event)["workload"]["replicas_max"]
        )
        for event in _registered(log)
        if _data(event)["service_id"] not in removed
    }
    listed: dict[str, int] = {}
    page = 1
    while True:
        body = outpost.list(f"?per_page=100&page={page}").body
        listed |= {item["name"]: item["max_replicas"] for item in body["data"]}
        if len(body["data"]) < 100:
            break
        page += 1
    assert listed == folded
    assert body["pagination"]["total"] == len(folded)


async def check_views(stack: Stack) -> None:
    """Each view, built anew from position zero, is the live one, row for row."""
    role = "chronoplane_query"
    password = (stack.data_dir / "keys" / "postgres" / role).read_text().strip()
    dsn = make_conninfo(stack.superuser_dsn(), user=role, password=password)
    for view in PROJECTED:
        done = await rebuild(dsn, view, Keys(stack.data_dir / "keys").kek())
        assert done.equal, f"{view.name} is not what its events say"


async def check_bus(stack: Stack, head: int, *, first: int = 1) -> None:
    """JetStream holds the log up to `head`: every sequence is the position of its event."""
    client = await connected(stack, "query")
    inbox = client.new_inbox()
    subscription = await client.subscribe(inbox)
    consumer = await client.jetstream().add_consumer(
        EVENT_STREAM,
        ConsumerConfig(
            name="checks-of-faults",
            deliver_subject=inbox,
            deliver_policy=DeliverPolicy.ALL,
            ack_policy=AckPolicy.NONE,
            mem_storage=True,
        ),
    )
    try:
        seen: list[tuple[int, int]] = []
        async with asyncio.timeout(20):
            while not seen or seen[-1][0] < head:
                message = await subscription.next_msg(timeout=5)
                event = json.loads(message.data)
                seen.append((message.metadata.sequence.stream, int(event["sequence"])))
        assert seen[0][0] == first
        assert [sequence for sequence, _ in seen] == list(range(first, first + len(seen)))
        assert [pair for pair in seen if pair[0] != pair[1]] == []
    finally:
        await client.jetstream().delete_consumer(EVENT_STREAM, consumer.name)
        await client.close()


async def connected(stack: Stack, process: str, **options: Any) -> Client:
    """To the stack's bus, with that process's own credential."""
    password = stack.data_dir / "keys" / "nats" / process
    return await nats.connect(
        nats_url(stack),
        user=process,
        password=password.read_text().strip(),
        inbox_prefix=inbox_prefix(process).encode(),
        allow_reconnect=False,
        **options,
    )


def nats_url(stack: Stack) -> str:
    config = (stack.data_dir / "nats" / "nats.conf").read_text()
    listen = next(line for line in config.splitlines() if line.startswith("listen:"))
    return f"nats://{json.loads(listen.partition(': ')[2])}"


def jetstream_folder(stack: Stack) -> Path:
    return stack.data_dir / "nats" / "jetstream"


def _registered(log: Log) -> list[Recorded]:
    return log.of_type("service.registered")


def _data(event: Recorded) -> dict[str, Any]:
    return dict(json.loads(event.data))
