"""Lists of services touch as little of the database among many services as among few.

Pages of the buffer are counted, not time: what a machine is busy with does not change them."""

import json
from typing import Any

import psycopg
import pytest

from shared.kernel.ids import to_uuid
from shared.queries.registrations import ListRegistrations
from tests.views.test_registrations import selecting
from tests.views.world import Person, World

FEW, MANY = 500, 20_000
PAGES_MAX = 350
FILL = """
insert into view.service (
  id, valid_from, account_id, project_id, name, slug, description, labels, revision, version,
  replicas_wanted, rollout_reason, rollout_message, deployment_number, replicas_current,
  replicas_ready, created_at, updated_at, registration, created_by, updated_by)
select lpad(to_hex(1800000000 + i), 8, '0') || lpad(to_hex(i), 16, '0'), 1000 + i, %(owner)s,
       %(project)s, 'svc-' || i, 's' || i, '', '[]', 1, 1, 0, '', '', 0, 0, 0,
       now() - make_interval(secs => i), now() - make_interval(secs => i * 7919 %% 100003),
       json_build_object(
         'service_type', json_build_object('type', 't', 'flavor', 'f' || i %% 7),
         'service_source', null, 'admin_state', null, 'config', json_build_object('n', i),
         'status', null, 'endpoint', null, 'prediction_url', null, 'health_check_url', null,
         'pipeline_name', case when i %% 3 > 0 then 'p' || i %% 1000 end,
         'pipeline_step_name', 's' || i %% 5000, 'model_version_id', null,
         'pipeline_run_id', null)::text,
       'user:' || %(owner)s, 'user:' || %(owner)s
  from generate_series(%(first)s::int, %(last)s::int) i
"""
TALLY = """
insert into view.service_tally (project_id, live)
select project_id, count(*) from view.service where valid_to is null group by project_id
on conflict (project_id) do update set live = excluded.live
"""


def asked_for(uuid: str) -> dict[str, ListRegistrations]:
    orders = {
        f"by {column} {'down' if descending else 'up'}": selecting(
            sort_by=column, descending=descending
        )
        for column in (
            *("id", "created", "updated", "name", "type", "flavor", "pipeline_name"),
            *("pipeline_step_name", "model_version_id", "pipeline_run_id", "user"),
        )
        for descending in (False, True)
    }
    return orders | {
        "one name": selecting(("name", "equals", "svc-77")),
        "a prefix of names": selecting(("name", "startswith", "SVC-77")),
        "an id": selecting(("id", "equals", uuid)),
        "a prefix of ids": selecting(("id", "startswith", uuid[:30])),
        "one step by name": selecting(("pipeline_step_name", "equals", "s7"), sort_by="name"),
        "one pipeline": selecting(("pipeline_name", "equals", "p7")),
        "names": selecting(("name", "oneof", ["svc-1", "svc-2", "svc-3"])),
        "a name or a step": selecting(
            ("name", "equals", "svc-77"), ("pipeline_step_name", "equals", "s7"), any_of=True
        ),
        "somebody else's": selecting(("user", "equals", "nobody")),
    }


async def pages(world: World, ann: Person, question: ListRegistrations) -> int:
    """Of the list's own statement, as the database counts them."""
    said: list[tuple[str, Any]] = []
    database = world.endpoint.database

    class Heard:
        async def rows(
            self, statement: str, parameters: Any = (), *, joint: str | None = None
        ) -> list[tuple[Any, ...]]:
            said.append((statement, parameters))
            return await database.rows(statement, parameters)

    world.endpoint.database = Heard()
    await world.shown(question, ann)
    world.endpoint.database = database
    statement, parameters = said[-1]
    explain = f"explain (analyze, buffers, format json) {statement}"
    async with await psycopg.AsyncConnection.connect(world.database.query) as connection:
        row = await (await connection.execute(explain, parameters)).fetchone()
    assert row is not None
    told = row[0] if isinstance(row[0], list) else json.loads(row[0])
    plan = told[0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


@pytest.mark.timeout(60)
async def test_a_page_is_read_along_an_index_however_many_services_there_are(world: World) -> None:
    ann = await world.person("ann")
    await world.project()
    given = {"owner": ann.id, "project": ann.home}
    uuid = str(to_uuid(f"{1_800_000_077:08x}{77:016x}"))
    found: dict[str, list[int]] = {}
    for first, last in ((1, FEW), (FEW + 1, MANY)):
        with psycopg.connect(world.database.admin, autocommit=True) as connection:
            connection.execute(FILL, {**given, "first": first, "last": last})
            connection.execute(TALLY)
            connection.execute("vacuum analyze view.service")
        for name, question in asked_for(uuid).items():
            found.setdefault(name, []).append(await pages(world, ann, question))
    slow = {name: counts for name, counts in found.items() if counts[1] > PAGES_MAX}
    assert not slow
