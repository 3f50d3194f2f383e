"""Many lives at once: views built in bulk are those built event by event, and every moment is told
as a replay up to it would tell it."""

import random

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from services.query import apply
from services.query.rebuild import rebuild_together
from services.query.registry import PROJECTED
from tests.benchmarks import replayed
from tests.benchmarks.bulk import fill
from tests.support.postgres import ROLES, Database
from tests.views.world import KEK, world_over

EVENTS, MOMENTS = 10_000, 20


async def test_what_is_built_in_bulk_is_what_was_built_one_by_one(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world_over(database) as world:
        await fill(database.admin, world.vault, events=3000, services=300)
        # The live version gets every row by itself: the statements for many are never used.
        monkeypatch.setattr(apply, "TOGETHER_MIN", 10**9)
        await world.project()
        monkeypatch.undo()
        done = await rebuild_together(database.query, PROJECTED, KEK)
    assert all(each.equal for each in done)
    assert sum(each.rows for each in done) > 5000


async def test_every_moment_is_what_a_replay_up_to_it_tells(database: Database) -> None:
    async with world_over(database) as world:
        population = await fill(database.admin, world.vault, events=EVENTS, services=EVENTS // 10)
    copy = Database(admin=make_conninfo(database.admin, dbname=f"{database.name}_replay"))
    with psycopg.connect(database.admin, autocommit=True) as connection:
        name = f"{database.name}_replay"
        admin = make_conninfo(database.admin, dbname="template1")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"create database {name} template {database.name}".encode())
        connection.execute(
            f"grant connect, temporary on database {name} to {', '.join(ROLES)}".encode()
        )
    try:
        async with world_over(database) as world:
            await world.project()
            moments = sorted(random.Random(5).sample(range(1500, EVENTS + 1), MOMENTS))
            compared = await replayed.compare(world, copy, population, moments, every=False)
        assert compared > MOMENTS * 40
    finally:
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"drop database if exists {name} with (force)".encode())
