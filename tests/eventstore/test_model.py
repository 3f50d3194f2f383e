"""Whatever is done, in whatever order, Postgres answers as the store in memory does."""

import asyncio
import secrets
from dataclasses import replace
from datetime import datetime

from hypothesis import Phase, given, settings
from hypothesis import event as label
from hypothesis import strategies as some

from shared.eventstore import (
    ClaimOp,
    Commit,
    EventStore,
    InconsistentCommit,
    MemoryStore,
    Past,
    Recorded,
    Store,
)
from tests.support.commits import EMPTY, claim, commit, event
from tests.support.postgres import Database

STREAMS = ("service-a", "service-b", "project-c")
COMMAND_IDS = tuple(f"00000000-0000-8000-8000-00000000000{n}" for n in range(4))

claims = some.builds(
    claim, some.sampled_from(["take", "release"]), some.sampled_from(["api", "web"])
)
# A step: where, how many events, which version is believed in, claims, the command's identity.
steps = some.tuples(
    some.sampled_from(STREAMS),
    some.integers(0, 3),
    some.sampled_from(["read", "read", "read", "none", "ahead", "foreign leaf"]),
    some.lists(claims, max_size=2),
    some.one_of(some.none(), some.sampled_from(COMMAND_IDS)),
    some.sampled_from([None, b"one", b"two"]),
    some.sampled_from([None, None, 1]),
    some.booleans(),
)
Step = tuple[str, int, str, list[ClaimOp], str | None, bytes | None, int | None, bool]


def _commit(step: Step, past: Past) -> Commit:
    stream, count, belief, wanted, command_id, fingerprint, epoch, rejected = step
    if belief == "none":
        past = EMPTY
    elif belief == "ahead":
        past = replace(past, version=past.version + 1, leaf=past.leaf or b"l" * 32)
    elif belief == "foreign leaf" and past.version:
        past = replace(past, leaf=b"l" * 32)
    made = commit(stream, event(), past=past, fingerprint=fingerprint, epoch=epoch)
    return replace(
        made,
        events=(event(),) * count,
        claims=tuple(wanted) if count else (),
        command_id=command_id or made.command_id,
        rejected=rejected and not count,
        result=f"{stream} {count}",
    )


async def _answer(store: Store, made: Commit) -> object:
    try:
        return await store.append(made)
    except InconsistentCommit as refusal:
        return str(refusal)


async def _compare(memory: MemoryStore, postgres: EventStore, run: list[Step]) -> None:
    # Both logs go on from example to example; new names keep the examples apart.
    example = secrets.token_hex(4)
    for step in run:
        stream = f"{step[0]}-{example}"
        past = await memory.read(stream)
        found = await postgres.read(stream)
        assert [_timeless(e) for e in found.events] == [_timeless(e) for e in past.events]
        assert (found.version, found.leaf) == (past.version, past.leaf)
        made = replace(_commit(step, past), stream=stream, actor=f"user:{example}")
        made = replace(made, claims=tuple(replace(c, space=example) for c in made.claims))
        expected = await _answer(memory, made)
        assert await _answer(postgres, made) == expected
        label(type(expected).__name__)
    assert await postgres.head() == await memory.head()


def _timeless(event: Recorded) -> Recorded:
    return replace(event, recorded_at=datetime.min)


def test_postgres_answers_as_memory_does(database: Database) -> None:
    with asyncio.Runner() as runner:
        memory = MemoryStore()
        postgres = runner.run(EventStore.open(database.command, pool_max=2))

        @settings(max_examples=40, deadline=None, phases=(Phase.generate, Phase.shrink))
        @given(some.lists(steps, min_size=1, max_size=12))
        def compare(run: list[Step]) -> None:
            runner.run(_compare(memory, postgres, run))

        try:
            compare()
        finally:
            runner.run(postgres.close())
