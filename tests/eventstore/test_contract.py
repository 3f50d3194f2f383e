"""What every event store promises, shown on the one in memory and on Postgres."""

import asyncio
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.eventstore import (
    Appended,
    ClaimTaken,
    Conflict,
    EpochStale,
    EventTooLarge,
    InconsistentCommit,
    InvalidCommit,
    KeyReused,
    NewEvent,
    Past,
    Replayed,
    Store,
    StoredAnswer,
)
from shared.eventstore.chain import verify
from tests.support.commits import ACCOUNT, claim, commit, event


async def test_a_stream_nobody_wrote_has_no_past(store: Store) -> None:
    assert await store.read("service-a") == Past(events=(), version=0, leaf=None, account_id=None)
    assert await store.head() == 0
    assert await store.read_log(0, 10) == []


async def test_what_was_appended_is_read_back_word_for_word(store: Store) -> None:
    odd = '{"b": 1,  "a": "\\u0000 é \\ud83d\\ude00"}'
    written = commit(
        "service-a",
        event(odd),
        event("{}", type="service_revised"),
        causation_id=str(uuid.uuid4()),
        reason="CHG-17: more room",
    )
    assert await store.append(written) == Appended(position=2, version=2)

    past = await store.read("service-a")
    first, second = past.events
    assert (past.version, past.account_id, past.leaf) == (2, ACCOUNT, second.leaf)
    assert (first.data, first.type, first.position, first.version) == (
        odd,
        "service_registered",
        1,
        1,
    )
    for name in (
        *("account_id", "stream", "stream_type", "command_id", "correlation_id", "causation_id"),
        *("actor", "credential_id", "surface", "reason"),
    ):
        assert getattr(second, name) == getattr(written, name), name
    assert first.recorded_at.tzinfo is UTC
    assert first.event_id != second.event_id
    assert verify(past.events) == past.leaf


async def test_reading_after_a_version_leaves_out_what_came_before(store: Store) -> None:
    await store.append(commit("service-a", event(), event(), event()))
    past = await store.read("service-a", after_version=2)
    assert [e.version for e in past.events] == [3]
    everything_known = await store.read("service-a", after_version=3)
    assert (everything_known.events, everything_known.version) == ((), 3)
    assert everything_known.leaf == past.leaf


async def test_an_outdated_version_is_a_conflict_that_tells_the_actual_one(store: Store) -> None:
    await store.append(commit("service-a", event(), event()))
    assert await store.append(commit("service-a")) == Conflict(version=2)
    past = await store.read("service-a")
    ahead = replace(past, version=7)
    assert await store.append(commit("service-a", past=ahead)) == Conflict(version=2)
    assert await store.head() == 2
    assert await store.append(commit("service-a", past=past)) == Appended(position=3, version=3)


async def test_the_same_command_again_gets_the_first_answer(store: Store) -> None:
    first = commit("service-a", fingerprint=b"body", result='{"id": "a"}')
    await store.append(first)
    await store.append(commit("service-b"))
    again = replace(first, result='{"id": "other"}')
    assert await store.append(again) == Replayed(
        position=1, version=1, result='{"id": "a"}', rejected=False
    )
    assert await store.head() == 2
    assert await store.answer_of(first.actor, first.command_id) == StoredAnswer(
        fingerprint=b"body", position=1, version=1, result='{"id": "a"}', rejected=False
    )


async def test_the_same_command_with_another_body_is_refused(store: Store) -> None:
    first = commit("service-a", fingerprint=b"body")
    await store.append(first)
    assert await store.append(replace(first, fingerprint=b"other")) == KeyReused()
    assert await store.append(replace(first, fingerprint=None)) == KeyReused()


async def test_a_command_id_of_another_actor_is_another_command(store: Store) -> None:
    first = commit("service-a", result="secret")
    await store.append(first)
    stranger = replace(first, actor="user:stranger", stream="service-b")
    assert await store.answer_of("user:stranger", first.command_id) is None
    assert await store.append(stranger) == Appended(position=2, version=1)


async def test_a_rejection_is_stored_without_an_event(store: Store) -> None:
    rejected = replace(commit("service-a"), events=(), result='{"taken": "api"}', rejected=True)
    assert await store.append(rejected) == Appended(position=0, version=0)
    assert await store.append(rejected) == Replayed(
        position=0, version=0, result='{"taken": "api"}', rejected=True
    )
    assert (await store.read("service-a")).version == 0
    assert await store.append(commit("service-a")) == Appended(position=1, version=1)


async def test_already_so_answers_the_head_and_still_sees_a_conflict(store: Store) -> None:
    await store.append(commit("service-a"))
    past = await store.read("service-a")
    await store.append(commit("service-b"))
    unchanged = replace(commit("service-a", past=past), events=())
    assert await store.append(unchanged) == Appended(position=2, version=1)
    stale = replace(commit("service-a"), events=())
    assert await store.append(stale) == Conflict(version=1)


async def test_a_stored_answer_is_forgotten_when_its_time_is_over(store: Store) -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)
    expired = commit("service-a", fingerprint=b"1", expires_at=past)
    await store.append(expired)
    assert await store.answer_of(expired.actor, expired.command_id) is None
    reused = replace(commit("service-b", fingerprint=b"2"), command_id=expired.command_id)
    assert await store.append(reused) == Appended(position=2, version=1)
    answer = await store.answer_of(reused.actor, reused.command_id)
    assert answer is not None
    assert answer.fingerprint == b"2"


async def test_a_claim_belongs_to_one_stream_until_it_lets_go(store: Store) -> None:
    await store.append(commit("service-a", claims=(claim("take", "api"),)))
    refused = commit("service-b", claims=(claim("take", "free"), claim("take", "api")))
    assert await store.append(refused) == ClaimTaken(space="slug", key="api", holder="service-a")
    assert (await store.read("service-b")).version == 0
    assert await store.answer_of(refused.actor, refused.command_id) is None

    past = await store.read("service-a")
    retire = commit("service-a", past=past, claims=(claim("release", "api"),))
    assert isinstance(await store.append(retire), Appended)
    assert isinstance(await store.append(refused), Appended)
    other_space = commit("service-c", claims=(claim("take", "api", space="host"),))
    assert isinstance(await store.append(other_space), Appended)


async def test_a_stream_may_take_what_it_holds_and_release_what_it_does_not(store: Store) -> None:
    await store.append(commit("service-a", claims=(claim("take", "api"),)))
    past = await store.read("service-a")
    again = commit(
        "service-a", past=past, claims=(claim("take", "api"), claim("release", "never-held"))
    )
    assert isinstance(await store.append(again), Appended)
    thief = commit("service-b", claims=(claim("release", "api"),))
    assert isinstance(await store.append(thief), Appended)
    taker = commit("service-c", claims=(claim("take", "api"),))
    assert isinstance(await store.append(taker), ClaimTaken)


async def test_a_conflict_takes_no_claim(store: Store) -> None:
    await store.append(commit("service-a"))
    assert isinstance(
        await store.append(commit("service-a", claims=(claim("take", "api"),))), Conflict
    )
    assert isinstance(
        await store.append(commit("service-b", claims=(claim("take", "api"),))), Appended
    )


async def test_an_epoch_nobody_took_is_stale(store: Store) -> None:
    assert await store.append(commit("service-a", epoch=1)) == EpochStale()
    assert isinstance(await store.append(commit("service-a")), Appended)


async def test_positions_are_dense_however_many_append_at_once(store: Store) -> None:
    verdicts = await asyncio.gather(
        *(store.append(commit(f"service-{n}", event(), event())) for n in range(50))
    )
    assert all(isinstance(verdict, Appended) for verdict in verdicts)
    log = await store.read_log(0, 1000)
    assert [e.position for e in log] == list(range(1, 101))
    assert sorted(e.recorded_at for e in log) == [e.recorded_at for e in log]
    assert await store.head() == 100


async def test_of_many_who_want_one_claim_exactly_one_gets_it(store: Store) -> None:
    verdicts = await asyncio.gather(
        *(store.append(commit(f"service-{n}", claims=(claim("take", "api"),))) for n in range(40))
    )
    assert sum(isinstance(verdict, Appended) for verdict in verdicts) == 1
    assert sum(isinstance(verdict, ClaimTaken) for verdict in verdicts) == 39
    assert await store.head() == 1


async def test_of_many_who_write_one_version_exactly_one_does(store: Store) -> None:
    await store.append(commit("service-a"))
    past = await store.read("service-a")
    verdicts = await asyncio.gather(
        *(store.append(commit("service-a", past=past)) for _ in range(30))
    )
    assert sum(isinstance(verdict, Appended) for verdict in verdicts) == 1
    assert verdicts.count(Conflict(version=2)) == 29


async def test_the_log_is_read_in_pages_and_by_type(store: Store) -> None:
    for n in range(4):
        await store.append(commit(f"service-{n}"))
        await store.append(commit(f"project-{n}"))
    assert [e.position for e in await store.read_log(3, 2)] == [4, 5]
    assert [e.stream for e in await store.read_log(2, 2, ("project",))] == [
        "project-1",
        "project-2",
    ]


async def test_a_moment_is_a_position(store: Store) -> None:
    before = datetime.now(UTC) - timedelta(hours=1)
    assert await store.position_at(before) == 0
    for n in range(5):
        await store.append(commit(f"service-{n}"))
    log = await store.read_log(0, 10)
    assert await store.position_at(log[2].recorded_at) == 3
    assert await store.position_at(log[2].recorded_at - timedelta(microseconds=1)) == 2
    assert await store.position_at(datetime.now(UTC) + timedelta(hours=1)) == 5
    assert await store.position_at(before) == 0


async def test_an_event_over_the_limit_never_enters_the_log(store: Store) -> None:
    fits = NewEvent(type="t", schema_version=1, data='"' + "x" * (500 * 1024) + '"')
    assert isinstance(await store.append(commit("service-a", fits)), Appended)
    large = NewEvent(type="t", schema_version=1, data='"' + "é" * (257 * 1024) + '"')
    with pytest.raises(EventTooLarge):
        await store.append(commit("service-b", event(), large))
    assert await store.head() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"reason": "a\x00b"},
        {"command_id": "not a uuid"},
        {"stream": "service-" + "x" * 3000},
        {"claims": (claim("take", "x" * 3000),)},
        {"expected": -1},
        {"previous_leaf": b"x" * 32},
        {"reason": "half a pair: \ud83d"},
    ],
)
async def test_what_cannot_be_written_is_refused_before_it_can_fail_others(
    store: Store, changes: dict[str, object]
) -> None:
    with pytest.raises(InvalidCommit):
        await store.append(replace(commit("service-a"), **changes))  # type: ignore[arg-type]  # one of many fields
    assert await store.head() == 0


async def test_a_commit_that_was_not_built_from_the_stream_is_refused(store: Store) -> None:
    await store.append(commit("service-a"))
    past = await store.read("service-a")
    with pytest.raises(InconsistentCommit):
        await store.append(commit("service-a", past=past, account_id="other"))
    with pytest.raises(InconsistentCommit):
        await store.append(commit("service-a", past=past, previous_leaf=b"x" * 32))
    assert await store.head() == 1


async def test_the_hint_tells_the_newest_position(store: Store) -> None:
    heard: list[int] = []
    store.on_appended = heard.append
    await store.append(commit("service-a", event(), event()))
    await store.append(commit("service-a"))
    assert heard == [2]


async def test_a_bound_refuses_what_would_be_one_too_many_even_of_the_same_moment(
    store: Store,
) -> None:
    two = claim("bound", "2:p1:")
    await store.append(commit("service-x", event(), claims=(claim("take", "p10:x"),)))
    verdicts = await asyncio.gather(
        *(
            store.append(commit(f"service-{n}", event(), claims=(two, claim("take", f"p1:{n}"))))
            for n in range(5)
        )
    )
    assert [type(one) for one in verdicts].count(Appended) == 2
    assert [type(one) for one in verdicts].count(Conflict) == 3
    assert await store.count_claims("slug", "p1:", 10) == 2


async def test_held_keys_are_counted_by_their_beginning_and_no_further_than_asked(
    store: Store,
) -> None:
    keys = ("p1:a", "p1:b", "p1;c", "p10:d")
    for number, key in enumerate(keys):
        await store.append(commit(f"service-{number}", event(), claims=(claim("take", key),)))
    assert await store.count_claims("slug", "p1:", 10) == 2
    assert await store.count_claims("slug", "p1:", 1) == 1
    assert await store.count_claims("other", "p1:", 10) == 0
