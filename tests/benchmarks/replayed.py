"""What the views say of a moment, against a second database whose log was replayed up to it.

The replay goes on from moment to moment, so at each it is the whole log up to there. All rows that
are true are compared, by the sum of their hashes; answers of questions besides, each as a whole."""

import random
from dataclasses import replace
from typing import Any

import psycopg
from psycopg import sql

from services.query.checkpoints import live_versions
from services.query.plans import Plans
from services.query.registry import PROJECTED
from services.query.run_projection import catch_up_together
from shared.envelope.codec import encode
from shared.envelope.messages import Answered
from shared.queries.console import ListServiceStates
from shared.queries.conversations import ListConversations
from shared.queries.identity import GetPrincipal, ListProjects
from shared.queries.microvisualizer import ListChanges, ListSnapshots, SnapshotPage
from shared.queries.registrations import Condition, ListRegistrations, Selection
from shared.queries.services import (
    GetServiceById,
    ListAllServices,
    ListDeployments,
    ListReplicas,
    ListServices,
)
from tests.benchmarks.bulk import Population
from tests.support.postgres import Database
from tests.views.world import World, world_over

SAMPLE = 5

_SELECTIONS = (
    Selection(),
    Selection(sort_by="id", descending=True, offset=5),
    Selection(sort_by="updated", descending=True),
    Selection(conditions=(Condition(column="name", operator="contains", texts=("bill",)),)),
    Selection(
        conditions=(
            Condition(column="type", operator="equals", texts=("workload",)),
            Condition(column="flavor", operator="equals", texts=("mlflow",)),
        ),
        any_of=True,
        sort_by="name",
    ),
    Selection(sort_by="user"),
)

# Columns of how a row ended: later than the moment they say what the replay cannot know yet.
_ENDS = ("valid_to", "removed_by_force", "closed_at")


async def compare(
    world: World, copy: Database, population: Population, moments: list[int], *, every: bool
) -> int:
    """`moments` in order. `every`: all services and projects are asked about, not some. Answers
    how many answers and tables were found equal; the first that is not fails."""
    compared = 0
    chance = random.Random(11)
    async with world_over(copy) as replay:
        replay.versions = await live_versions(replay.connection, PROJECTED)
        await replay.access.catch_up()
        plans = Plans(most=10**9)
        for moment in moments:
            await catch_up_together(
                replay.connection,
                replay.versions,
                replay.reading,
                replay.reader,
                plans,
                until=moment,
            )
            replay.progress.move({v.view.name: v.position for v in replay.versions}, halted=[])
            compared += _same_rows(world.database, copy, moment)
            for question in _questions(population, moment, chance, every=every):
                now = await replay.ask(question, population.admin)
                then = await world.ask(question, population.admin, as_of=moment)
                assert _told(now) == _told(then), (moment, question)
                compared += 1
    return compared


def _told(answer: Any) -> Any:
    """Until when a snapshot is true is shown in the past as well, and a replay cannot know it."""
    if isinstance(answer, Answered) and isinstance(answer.document, SnapshotPage):
        page = answer.document
        return replace(page, items=tuple(replace(i, valid_until=None) for i in page.items))
    return encode(answer.document) if isinstance(answer, Answered) else repr(answer)


def _questions(
    population: Population, moment: int, chance: random.Random, *, every: bool
) -> list[Any]:
    born = [each for each in population.services if each[2] <= moment]
    projects = population.projects
    chosen = born if every else chance.sample(born, min(SAMPLE, len(born)))
    places = projects if every else chance.sample(projects, SAMPLE)
    asked: list[Any] = [ListProjects(), ListServiceStates() if every else ListProjects(page=2)]
    for service_id, _, _ in chosen:
        asked += [
            GetServiceById(service_id=service_id),
            ListReplicas(service_id=service_id, include_stopped=True),
            ListDeployments(service_id=service_id),
        ]
    for _, handle, _ in places:
        asked += [
            ListAllServices(project=handle, per_page=100),
            ListServices(project=handle),
            ListServices(project=handle, status="running", page=2),
            *(ListRegistrations(project=handle, selection=each) for each in _SELECTIONS),
            ListSnapshots(project=handle),
            ListChanges(project=handle),
            GetPrincipal(key=handle),
        ]
    homes = population.organizations
    for handle in homes if every else chance.sample(homes, SAMPLE):
        asked += [
            ListConversations(organization=handle),
            ListConversations(organization=handle, is_active=True, order=("-name",)),
        ]
    return asked


def _same_rows(live: Database, copy: Database, moment: int) -> int:
    tables = 0
    with psycopg.connect(live.query) as here, psycopg.connect(copy.query) as there:
        for view in PROJECTED:
            for table in view.tables:
                columns = _columns(here, table)
                if "valid_from" not in columns:
                    continue
                then = _hash(here, table, columns, moment)
                assert then == _hash(there, table, columns, None), (moment, table)
                tables += 1
    return tables


def _columns(connection: psycopg.Connection[Any], table: str) -> list[str]:
    rows = connection.execute(
        "select column_name from information_schema.columns"
        " where table_schema = 'view' and table_name = %s order by ordinal_position",
        (table,),
    ).fetchall()
    return [row[0] for row in rows]


def _hash(
    connection: psycopg.Connection[Any], table: str, columns: list[str], moment: int | None
) -> Any:
    shown = sql.SQL(", ").join(
        sql.SQL("t.{}").format(sql.Identifier(name)) for name in columns if name not in _ENDS
    )
    where: sql.Composable = sql.SQL("true")
    if "valid_to" in columns:
        where = sql.SQL("t.valid_to is null")
    if moment is not None:
        where = sql.SQL("t.valid_from <= {}").format(moment)
        if "valid_to" in columns:
            open_then = sql.SQL(" and (t.valid_to is null or t.valid_to > {})").format(moment)
            where = where + open_then
    return connection.execute(
        sql.SQL(
            "select count(*), coalesce(sum(hashtextextended(row({})::text, 0)::numeric), 0)"
            " from view.{} t where {}"
        ).format(shown, sql.Identifier(table), where)
    ).fetchone()
