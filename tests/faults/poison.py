"""Bytes that nobody could have meant, on every subject of the bus, from whoever may publish there.

Each process's own credential says them: a process that is out of its mind, not an outsider."""

import asyncio
import contextlib

from nats.errors import Error as NatsError

from shared.bus.subjects import PROCESSES, ROUTES_BUCKET, SUBJECTS
from tests.faults.checks import connected
from tests.support.stack import Stack

NONSENSE = (
    b"",
    b"\x00\xff\xfe",
    b"{",
    b"[]",
    b"null",
    b'{"command": {"type": "service.nothing"}}',
    b'{"service_id": 3, "generation": "x"}',
    b"[" * 20_000,
    b'"' + b"x" * 300_000 + b'"',
    b"9" * 6000,
    b'{"type": "service.register", "type": 1e999}',
)
SETTLE_SECONDS = 0.5


def poison(stack: Stack) -> None:
    """Everybody hears all of it, and is still there."""
    before = {process: stack.pid(process) for process in PROCESSES}
    asyncio.run(_say_everything(stack))
    assert {process: stack.pid(process) for process in PROCESSES} == before


async def _say_everything(stack: Stack) -> None:
    for process in PROCESSES:
        subjects = [row.subject for row in SUBJECTS if process in row.publishers]
        if process == "scheduler":
            subjects.append(f"$KV.{ROUTES_BUCKET}.*")
        client = await connected(stack, process)
        for subject in subjects:
            for body in NONSENSE:
                await client.publish(_name(subject), body)
        # A request makes somebody answer; whatever the answer is, it is one.
        for subject in subjects:
            with contextlib.suppress(NatsError, TimeoutError):
                await client.request(_name(subject), NONSENSE[1], timeout=0.2)
        await client.flush()
        await client.close()
    await asyncio.sleep(SETTLE_SECONDS)


def _name(subject: str) -> str:
    """One subject that a pattern covers: a service's, where it names a kind of stream."""
    if subject == "events.>":
        return f"events.{'0' * 24}.service.{'1' * 24}.registered"
    if subject.endswith("questions.gateway.*"):
        return "questions.gateway.services"
    return subject.replace("*", "service")
