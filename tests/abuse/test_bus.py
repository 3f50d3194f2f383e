"""A8, for our own processes: with the credential of each on the running bus one tries what the
table of subjects gives to others. The tenants' own account has its tests beside this one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import psycopg
import pytest
from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from shared.bus.subjects import (
    EVENT_STREAM,
    JETSTREAM_GRANTS,
    PROCESSES,
    ROUTES_BUCKET,
    SUBJECTS,
    inbox_prefix,
)
from tests.faults.checks import connected
from tests.support.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.slow]

JETSTREAM = [
    f"$JS.API.{verb}"
    for stream in (EVENT_STREAM, f"KV_{ROUTES_BUCKET}")
    for verb in (
        f"STREAM.CREATE.{stream}",
        f"STREAM.UPDATE.{stream}",
        f"STREAM.DELETE.{stream}",
        f"STREAM.PURGE.{stream}",
        f"STREAM.INFO.{stream}",
        f"STREAM.MSG.GET.{stream}",
        f"STREAM.MSG.DELETE.{stream}",
        f"STREAM.SNAPSHOT.{stream}",
        f"STREAM.RESTORE.{stream}",
        f"DIRECT.GET.{stream}.x",
        f"CONSUMER.CREATE.{stream}",
        f"CONSUMER.CREATE.{stream}.x",
        f"CONSUMER.MSG.NEXT.{stream}.x",
        f"CONSUMER.DELETE.{stream}.x",
    )
] + [
    "$JS.API.STREAM.CREATE.OTHER",
    "$JS.API.STREAM.LIST",
    "$JS.API.STREAM.NAMES",
    f"$JS.ACK.{EVENT_STREAM}.x.1.1.1.1.1",
    f"$KV.{ROUTES_BUCKET}.x",
    "$SYS.REQ.SERVER.PING",
    "$SYS.REQ.ACCOUNT.PING.CONNZ",
]


@dataclass(slots=True)
class Voice:
    client: Client
    violations: list[str] = field(default_factory=list)

    async def settled(self) -> None:
        await self.client.flush(timeout=5)
        await asyncio.sleep(0.05)


@asynccontextmanager
async def voice_of(stack: Stack, process: str) -> AsyncIterator[Voice]:
    violations: list[str] = []

    async def note(error: Exception) -> None:
        violations.append(str(error).lower())

    client = await connected(stack, process, error_cb=note)
    try:
        yield Voice(client, violations)
    finally:
        await client.close()


def covers(pattern: str, subject: str) -> bool:
    ours, theirs = pattern.split("."), subject.split(".")
    for number, word in enumerate(ours):
        if word == ">":
            return len(theirs) > number
        if number >= len(theirs) or word not in ("*", theirs[number]):
            return False
    return len(ours) == len(theirs)


def one_of(pattern: str) -> str:
    return pattern.replace("*", "x").replace(">", "x.x.x.x")


@pytest.mark.parametrize("process", PROCESSES)
async def test_what_others_publish_it_may_not(stack: Stack, process: str) -> None:
    foreign = [one_of(row.subject) for row in SUBJECTS if process not in row.publishers]
    foreign += [f"{inbox_prefix(other)}.forged" for other in PROCESSES]
    foreign += [
        subject
        for subject in JETSTREAM
        if not any(covers(granted, subject) for granted in JETSTREAM_GRANTS[process])
    ]
    async with voice_of(stack, process) as voice:
        for subject in foreign:
            await voice.client.publish(subject, b"forged")
        await voice.settled()
        said = [v for v in voice.violations if "permissions violation for publish" in v]
        unrefused = [s for s in foreign if not any(f'"{s.lower()}"' in each for each in said)]
        assert unrefused == []


@pytest.mark.parametrize("process", PROCESSES)
async def test_what_others_hear_it_may_not(stack: Stack, process: str) -> None:
    foreign = [row.subject for row in SUBJECTS if process not in row.listeners]
    foreign += [f"{inbox_prefix(other)}.>" for other in PROCESSES if other != process]
    foreign += [">", "*.>", "commands.>", "questions.>", "_INBOX.>", "$JS.>", "$SYS.>", "$KV.>"]
    async with voice_of(stack, process) as voice:
        for subject in foreign:
            await voice.client.subscribe(subject)
        await voice.settled()
        said = [v for v in voice.violations if "permissions violation for subscription" in v]
        unrefused = [s for s in foreign if not any(f'"{s.lower()}"' in each for each in said)]
        assert unrefused == []


def test_the_permissions_of_a_process_are_those_that_it_needs_and_no_wider() -> None:
    """A wildcard in a grant is in a named place: never a whole tree of somebody else's."""
    for process, granted in JETSTREAM_GRANTS.items():
        for subject in granted:
            assert subject not in (">", "$JS.>", "$JS.API.>", "$KV.>"), (process, subject)
            assert "STREAM.*" not in subject, (process, subject)


@pytest.mark.parametrize(
    ("process", "stream"), [("query", EVENT_STREAM), ("edge", f"KV_{ROUTES_BUCKET}")]
)
async def test_a_consumer_that_delivers_into_the_commands_commands_nothing(
    stack: Stack, process: str, stream: str
) -> None:
    """Who may make a consumer may have JetStream say his bytes on any subject (THREATS row 45).
    Today's server finds no interest behind the command process's wildcard and delivers nothing; one
    that did would have it refused, for the message still shows whose subject it was made for."""
    before, offset = _head(stack), stack.log_file("command").stat().st_size
    async with voice_of(stack, process) as voice:
        jetstream = voice.client.jetstream(timeout=2)
        await jetstream.add_consumer(
            stream,
            ConsumerConfig(
                name=f"trick-of-{process}",
                deliver_subject="commands.gateway.service",
                deliver_group="command",
                deliver_policy=DeliverPolicy.ALL,
                ack_policy=AckPolicy.NONE,
                mem_storage=True,
            ),
        )
        await asyncio.sleep(1.0)
        state = await jetstream.consumer_info(stream, f"trick-of-{process}")
        await jetstream.delete_consumer(stream, f"trick-of-{process}")
    said = _tail(stack, offset)
    assert b"command_undecodable" not in said
    assert state.delivered is not None
    assert state.delivered.consumer_seq == said.count(b"command_on_foreign_subject")
    assert _head(stack) - before < 5  # The stack's own life may go on beside it.


def _head(stack: Stack) -> int:
    with psycopg.connect(stack.superuser_dsn()) as connection:
        row = connection.execute("select coalesce(max(position), 0) from es.event").fetchone()
    return int(row[0]) if row else 0


def _tail(stack: Stack, offset: int) -> bytes:
    with stack.log_file("command").open("rb") as file:
        file.seek(offset)
        return file.read()
