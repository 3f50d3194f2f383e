"""Statements that come together share a round trip, and not each other's fate."""

import asyncio
from typing import Any

import psycopg
import pytest

from shared.eventstore import StoreUnavailable
from shared.eventstore.reader import TOGETHER_MAX, Reader
from tests.support.postgres import Database


async def _reader(database: Database, pool_max: int = 2) -> Reader:
    return await Reader.open(database.query, pool_max=pool_max)


async def test_each_gets_its_own_rows(database: Database) -> None:
    reader = await _reader(database)
    try:
        count = 5 * TOGETHER_MAX + 3
        answers = await asyncio.gather(
            *(reader.rows("select %s::int, %s::text", (n, f"t{n}")) for n in range(count))
        )
        assert answers == [[(n, f"t{n}")] for n in range(count)]
    finally:
        await reader.close()


async def test_a_refused_statement_fails_alone(database: Database) -> None:
    reader = await _reader(database)
    try:
        # The first one leaves by itself; the others wait for the window and share a round trip.
        answers: list[Any] = await asyncio.gather(
            reader.rows("select 0"),
            reader.rows("select 1"),
            reader.rows("select 1 / %s::int", (0,)),
            reader.rows("select nothing from nowhere"),
            reader.rows("select %s::text", ("\ud800",)),
            reader.rows("select pg_cancel_backend(pg_backend_pid())"),
            reader.rows("select 2"),
            return_exceptions=True,
        )
        assert answers[0] == [(0,)]
        assert answers[1] == [(1,)]
        assert isinstance(answers[2], psycopg.errors.DivisionByZero)
        assert isinstance(answers[3], psycopg.errors.UndefinedTable)
        # Not to be sent at all, and refused as if the server were at fault.
        assert isinstance(answers[4], UnicodeEncodeError)
        assert isinstance(answers[5], StoreUnavailable)
        assert answers[6] == [(2,)]
    finally:
        await reader.close()


async def test_who_asks_alone_does_not_wait_for_company(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However fast one statement follows the other: the window would be most of each answer."""
    reader = await _reader(database)
    added: list[bool] = []
    add = reader._gatherer.add

    def seen(waiting: Any, *, at_once: bool) -> None:
        added.append(at_once)
        add(waiting, at_once=at_once)

    monkeypatch.setattr(reader._gatherer, "add", seen)
    try:
        for n in range(20):
            assert await reader.rows("select %s::int", (n,)) == [(n,)]
        assert added == [True] * 20
        await asyncio.gather(*(reader.rows("select 1") for _ in range(3)))
        assert added[20:] == [True, False, False]
    finally:
        await reader.close()


async def test_who_gives_up_takes_nobody_with_him(database: Database) -> None:
    reader = await _reader(database, pool_max=1)
    try:
        slow = asyncio.create_task(reader.rows("select pg_sleep(0.2)"))
        await asyncio.sleep(0.05)
        given_up = asyncio.create_task(reader.rows("select 1"))
        kept = asyncio.create_task(reader.rows("select 2"))
        await asyncio.sleep(0.02)
        given_up.cancel()
        with pytest.raises(asyncio.CancelledError):
            await given_up
        assert await kept == [(2,)]
        await slow
    finally:
        await reader.close()


async def test_the_same_statement_for_many_keys_is_asked_once(database: Database) -> None:
    """Each gets its own rows, also none or several; what cannot be sent is refused alone."""
    one = "select n, 'one'::text from generate_series(1, length(%(key)s)) n"
    joint = (
        "select given.place::int, n, 'joint'::text"
        " from unnest(%(key)s::text[]) with ordinality as given(key, place),"
        " generate_series(1, length(given.key)) n"
    )
    reader = await _reader(database)
    try:
        first, *others = await asyncio.gather(
            *(reader.rows(one, {"key": "x" * n}, joint=joint) for n in (1, 2, 0, 3)),
            reader.rows("select 7"),
        )
        assert first == [(1, "joint")]
        assert others[0] == [(1, "joint"), (2, "joint")]
        assert others[1] == []
        assert others[3] == [(7,)]
        assert await reader.rows(one, {"key": "x"}, joint=joint) == [(1, "one")]
        answers: list[Any] = await asyncio.gather(
            *(reader.rows(one, {"key": key}, joint=joint) for key in ("x", "\ud800", "xx")),
            return_exceptions=True,
        )
        assert answers[0] == [(1, "one")]
        assert isinstance(answers[1], UnicodeEncodeError)
        assert answers[2] == [(1, "one"), (2, "one")]
    finally:
        await reader.close()
