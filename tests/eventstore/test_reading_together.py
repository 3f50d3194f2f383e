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
