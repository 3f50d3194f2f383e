"""Reads that many ask together: one statement for all keys answers what one for each does."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

from psycopg import AsyncConnection

from services.query.registry import VIEWS
from services.query.statements import Statements
from shared.queries.services import GetService
from tests.support.postgres import Database
from tests.views.world import World, an_id

KEYED = [
    (view.name, name)
    for view in VIEWS
    for statements in (Statements.of(view.sql),)
    for name in statements.names()
    if statements.joint(name) is not None
]


def _statements(view_name: str) -> Statements:
    return next(Statements.of(view.sql) for view in VIEWS if view.name == view_name)


async def _rows(
    database: Database, text: str, parameters: Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    async with await AsyncConnection.connect(database.query, autocommit=True) as connection:
        cursor = await connection.execute(text, parameters)
        return await cursor.fetchall()


def test_the_reads_of_one_thing_are_keyed() -> None:
    assert {("services", "get_service"), ("services", "get_wanted")} <= set(KEYED)


async def test_many_keys_are_answered_as_each_alone(database: Database, world: World) -> None:
    ann = await world.person("ann")
    ids = [(await world.service(ann.home, f"web-{number}"))[0] for number in range(3)]
    await world.project()
    values = {
        "slug": ["web-0", "web-1", "none", "web-2"],
        "service_id": [ids[0], an_id(999_999), ids[1], ids[2]],
        "project_id": [ann.home] * 4,
        "key": [ann.id, "ann", "nobody", ann.id],
    }
    answered = set()
    for view, name in KEYED:
        statements = _statements(view)
        one, joint = statements.read(name, now=True), statements.joint(name)
        assert joint is not None
        keys = {key: values[key] for key in re.findall(r"%\((\w+)\)s", one)}
        expected = [
            (place, *row)
            for place in range(1, 5)
            for row in await _rows(database, one, {key: keys[key][place - 1] for key in keys})
        ]
        found = await _rows(database, joint, keys)
        assert sorted(found, key=lambda row: row[0]) == expected, name
        answered |= {name} if expected else set()
    assert {"get_service", "get_service_by_id", "get_wanted", "get_principal"} <= answered


async def test_questions_of_one_moment_each_get_their_own_answer(world: World) -> None:
    ann = await world.person("ann")
    ids = {f"web-{n}": (await world.service(ann.home, f"web-{n}"))[0] for n in range(20)}
    await world.project()
    answers = await asyncio.gather(
        *(world.shown(GetService(project="ann", name=name), ann) for name in ids)
    )
    assert [answer.id for answer in answers] == list(ids.values())
