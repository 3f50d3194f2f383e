"""Views over a million events: how fast they are built anew, and what reads of them cost.

`python -m tests.benchmarks.views_at_scale [--events N] [--moments N]` prints the table. Moments are
checked as well: what the views say of each is what a replay of the log up to it says."""

import argparse
import asyncio
import random
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from deploy.postgres.migrate import migrate
from services.query.rebuild import rebuild_together
from services.query.registry import PROJECTED
from shared.queries.audit import GetBlame, GetWhy
from shared.queries.conversations import ListConversations
from shared.queries.registrations import Condition, ListRegistrations, Selection
from shared.queries.services import GetService, GetServiceById, ListAllServices, ListServices
from tests.benchmarks import replayed
from tests.benchmarks.bulk import Population, fill
from tests.benchmarks.lives import WORDS
from tests.support.postgres import PASSWORDS, ROLES, Database, embedded_postgres
from tests.views.world import KEK, World, world_over

TRIES = 60


@dataclass(slots=True, kw_only=True)
class Found:
    """`reads`: by question, milliseconds of now and of the middle of the log."""

    events: int
    services: int
    build_seconds: float = 0.0
    reads_while_built: int = 0
    reads: dict[str, tuple[float, float]] = field(default_factory=dict)
    moments: int = 0
    compared: int = 0


@asynccontextmanager
async def filled(events: int) -> AsyncIterator[tuple[World, Population, Database]]:
    """A log, a world whose views are empty, and a copy of the log for a replay."""
    with embedded_postgres(durable=True) as server:
        database = Database(admin=server.dsn())
        await migrate(database.admin, PASSWORDS)
        async with world_over(database) as world:
            population = await fill(
                database.admin, world.vault, events=events, services=events // 10
            )
        copy = _copied(database)
        async with world_over(database) as world:
            yield world, population, copy


def _copied(database: Database) -> Database:
    with psycopg.connect(make_conninfo(database.admin, dbname="template1"), autocommit=True) as c:
        name = psycopg.conninfo.conninfo_to_dict(database.admin).get("dbname", "postgres")
        c.execute(f'create database replay template "{name}"'.encode())
        c.execute(f"grant connect, temporary on database replay to {', '.join(ROLES)}".encode())
    return Database(admin=make_conninfo(database.admin, dbname="replay"), name="replay")


async def measured(events: int, moments: int) -> Found:
    async with filled(events) as (world, population, copy):
        found = Found(events=population.events, services=len(population.services))
        await world.fresh()
        began = time.perf_counter()
        await rebuild_together(world.database.query, PROJECTED, KEK, accept_differences=True)
        found.build_seconds = time.perf_counter() - began
        await world.fresh()
        _vacuumed(world.database)
        found.reads_while_built = await _reads_while_built(world, population)
        for name, ask in _asked(world, population).items():
            now = await _median(ask, None)
            then = await _median(ask, population.events // 2)
            found.reads[name] = (now, then)
        chance = random.Random(7)
        chosen = sorted(chance.sample(range(1, population.events + 1), moments))
        found.compared = await replayed.compare(world, copy, population, chosen, every=False)
        found.moments = moments
        return found


def _vacuumed(database: Database) -> None:
    with psycopg.connect(database.query, autocommit=True) as connection:
        connection.execute("vacuum analyze")


async def _reads_while_built(world: World, population: Population) -> int:
    """Builds the smaller views again, beside the live version, while somebody reads all the time.

    Every answer counts; one that is not there fails the run."""
    views = tuple(view for view in PROJECTED if view.name in ("history", "microvisualizer"))
    building = asyncio.create_task(rebuild_together(world.database.query, views, KEK))
    service_id = population.services[0][0]
    reads = 0
    while not building.done():
        await world.shown(GetBlame(kind="service", id=service_id), population.admin)
        reads += 1
    for done in await building:
        assert done.equal, "a view that was built twice differs"
    await world.fresh()
    return reads


Ask = Callable[[int | None], Awaitable[Any]]


def _asked(world: World, population: Population) -> dict[str, Ask]:
    admin = population.admin
    chance = random.Random(3)
    old = population.services[: len(population.services) // 3]
    handles = {id_: handle for id_, handle, _ in population.projects}
    homes = population.organizations

    def one() -> tuple[str, str]:
        service_id, project_id, _ = chance.choice(old)
        return service_id, handles[project_id]

    async def by_id(moment: int | None) -> Any:
        return await world.ask(GetServiceById(service_id=one()[0]), admin, as_of=moment)

    async def by_name(moment: int | None) -> Any:
        return await world.ask(GetService(project=one()[1], name="absent"), admin, as_of=moment)

    async def listed(moment: int | None) -> Any:
        return await world.ask(ListServices(project=one()[1]), admin, as_of=moment)

    async def registered(moment: int | None) -> Any:
        return await world.ask(ListRegistrations(project=one()[1]), admin, as_of=moment)

    async def filtered(moment: int | None) -> Any:
        named = Condition(column="name", operator="contains", texts=(chance.choice(WORDS),))
        question = ListRegistrations(
            project=one()[1], selection=Selection(conditions=(named,), sort_by="updated")
        )
        return await world.ask(question, admin, as_of=moment)

    async def conversations(moment: int | None) -> Any:
        question = ListConversations(organization=chance.choice(homes))
        return await world.ask(question, admin, as_of=moment)

    async def all_listed(moment: int | None) -> Any:
        question = ListAllServices(project=one()[1], per_page=20)
        return await world.ask(question, admin, as_of=moment)

    async def blame(moment: int | None) -> Any:
        return await world.ask(GetBlame(kind="service", id=one()[0]), admin, as_of=moment)

    async def why(moment: int | None) -> Any:
        position = chance.randrange(population.events // 4, population.events // 2)
        return await world.ask(GetWhy(position=position), admin, as_of=moment)

    return {
        "get a service by id": by_id,
        "get a service by name": by_name,
        "list 20 services of a project": listed,
        "list 20 services of every kind": all_listed,
        "list 20 registrations of a project": registered,
        "list registrations by a part of a name": filtered,
        "list 20 conversations of a project": conversations,
        "blame of a service": blame,
        "why of an event": why,
    }


async def _median(ask: Ask, moment: int | None) -> float:
    times = []
    for _ in range(TRIES):
        began = time.perf_counter()
        await ask(moment)
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def table(small: Found, large: Found) -> str:
    rate = large.events / large.build_seconds
    lines = [
        f"| Views over {large.events:,} events of {large.services:,} services | measured |",
        "| --- | --- |",
        f"| all views built anew, in one pass beside the live ones | {rate:,.0f} events/s "
        f"({large.build_seconds:.0f} s) |",
        f"| reads answered while views were built | {large.reads_while_built:,}, none failed |",
        f"| moments whose rows and answers equal a replay up to them | {large.moments} of "
        f"{large.moments} ({large.compared:,} answers and tables) |",
        "",
        f"| p50 ms | now, among {small.services:,} | now, among {large.services:,} "
        "| as of the middle of the log | past ÷ now |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, (now, then) in large.reads.items():
        before = small.reads[name][0]
        lines.append(f"| {name} | {before:.1f} | {now:.1f} | {then:.1f} | {then / now:.1f} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--moments", type=int, default=100)
    given = parser.parse_args()
    small = asyncio.run(measured(10_000, 5))
    large = asyncio.run(measured(given.events, given.moments))
    print(table(small, large))


if __name__ == "__main__":
    main()
