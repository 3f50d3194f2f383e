"""A registry's lists among a thousand services and among a hundred thousand: one project, rows put
straight into the view, the question asked of the query side without a bus.

The shortest of several times is told: what else the machine does can only add to it."""

import asyncio
import time

import psycopg

from deploy.postgres.migrate import migrate
from shared.queries.registrations import ListRegistrations
from tests.support.postgres import PASSWORDS, Database, embedded_postgres
from tests.views.test_registrations import selecting
from tests.views.test_registrations_at_scale import FILL, TALLY
from tests.views.world import Person, World, world_over

SIZES = (1_000, 100_000)
TRIES = 20
ASKED: dict[str, ListRegistrations] = {
    "all, newest last": selecting(),
    "all, by name, descending": selecting(sort_by="name", descending=True),
    "all, by owner": selecting(sort_by="user"),
    "name = one": selecting(("name", "equals", "svc-77")),
    "name startswith": selecting(("name", "startswith", "SVC-77")),
    "one pipeline, by updated": selecting(("pipeline_name", "equals", "p7"), sort_by="updated"),
    "a seventh (by flavor), by updated": selecting(("flavor", "equals", "f1"), sort_by="updated"),
    "name contains (1,111 of 100,000)": selecting(("name", "contains", "c-77")),
}


def run() -> list[tuple[str, list[float]]]:
    """For each question, milliseconds by size."""
    return asyncio.run(_run())


async def _run() -> list[tuple[str, list[float]]]:
    found: dict[str, list[float]] = {name: [] for name in ASKED}
    with embedded_postgres(durable=False) as server:
        database = Database(admin=server.dsn())
        await migrate(database.admin, PASSWORDS)
        async with world_over(database) as world:
            ann = await world.person("ann")
            await world.project()
            first = 1
            for size in SIZES:
                _fill(database, ann, first, size)
                first = size + 1
                for name, question in ASKED.items():
                    found[name].append(await _shortest(world, ann, question))
    return list(found.items())


def _fill(database: Database, ann: Person, first: int, last: int) -> None:
    given = {"owner": ann.id, "project": ann.home, "first": first, "last": last}
    with psycopg.connect(database.admin, autocommit=True) as connection:
        connection.execute(FILL, given)
        connection.execute(TALLY)
        connection.execute("vacuum analyze view.service")


async def _shortest(world: World, ann: Person, question: ListRegistrations) -> float:
    times = []
    for _ in range(TRIES):
        began = time.perf_counter()
        await world.shown(question, ann)
        times.append(time.perf_counter() - began)
    return min(times) * 1000
