"""A view is built anew beside the live one, proved equal and swapped; the old one stays."""

import asyncio

import pytest

from services.query import build
from services.query.apply import CheckpointMoved
from services.query.checkpoints import live_versions
from services.query.operate import run_command
from services.query.rebuild import RebuildFailed, drop, rebuild
from services.query.registry import PROJECTED
from services.query.views.quotas.answer import QUOTAS
from services.query.views.services.answer import SERVICES
from shared.domain.service.events import RolloutSucceeded
from shared.queries.services import GetService, ListServices
from shared.runtime.secret import Secret
from tests.support.nats import NatsServer
from tests.views.test_live import postgres_url
from tests.views.test_parking import halted
from tests.views.test_services import ready, started
from tests.views.world import KEK, World

# Those that the events below say something to.
FED = {"services", "identity", "history"}


async def tables(world: World) -> set[str]:
    rows = await world.reading.reader.rows(
        "select tablename::text from pg_tables where schemaname = 'view'"
    )
    return {row[0] for row in rows}


async def test_every_view_rebuilds_to_the_same_rows(world: World) -> None:
    ada = await world.person("ada")
    service, deployment = await world.service(ada.home, "api")
    replica = world.new_id()
    await world.happened(
        started(replica, service, ada.home, deployment),
        ready(replica, service),
        RolloutSucceeded(service_id=service, deployment_id=deployment),
    )
    await world.project()
    before = await world.shown(GetService(project="ada", name="api"), ada)
    for view in PROJECTED:
        done = await rebuild(world.database.query, view, KEK)
        assert (done.version, done.equal, done.position) == (2, True, await world.store.head())
        assert done.rows > 0 or view.name not in FED
    assert await world.shown(GetService(project="ada", name="api"), ada) == before
    assert {"service", "service_v1", "principal_v1", "service_event_v1"} <= await tables(world)

    # The one who projected into the old version notices, and goes on in the new one.
    await world.service(ada.home, "next")
    with pytest.raises(CheckpointMoved):
        await world.project()
    world.versions = []
    await world.project()
    assert (await world.shown(ListServices(project="ada"), ada)).total == 2

    await drop(world.database.query, SERVICES, 1)
    assert "service_v1" not in await tables(world)
    with pytest.raises(RebuildFailed, match="not live"):
        await drop(world.database.query, SERVICES, 2)


async def test_a_rebuild_that_differs_is_not_swapped_in_unless_accepted(world: World) -> None:
    ada = await world.person("ada")
    await world.service(ada.home, "api")
    await world.project()
    await world.connection.execute("update view.service set description = 'edited by hand'")
    with pytest.raises(RebuildFailed, match="differs"):
        await rebuild(world.database.query, SERVICES, KEK)
    question = GetService(project="ada", name="api")
    assert (await world.shown(question, ada)).description == "edited by hand"
    done = await rebuild(world.database.query, SERVICES, KEK, accept_differences=True)
    assert (done.version, done.equal) == (2, False)
    assert (await world.shown(question, ada)).description == ""


async def test_a_rebuild_heals_a_halted_view(world: World) -> None:
    ada = await world.person("ada")
    await halted(world, ada)
    await world.connection.execute("alter table view.service drop constraint no_cursed")
    done = await rebuild(world.database.query, SERVICES, KEK)
    assert (done.equal, done.position) == (False, await world.store.head())
    world.versions = []
    await world.project()
    assert world.progress.halted == frozenset()
    assert (await world.shown(ListServices(project="ada"), ada)).total > 20


async def test_what_only_an_index_refuses_is_refused_at_its_event_again(world: World) -> None:
    ada = await world.person("ada")
    await world.connection.execute(
        "create unique index no_twins on view.service (description) where valid_to is null"
    )
    await world.service(ada.home, "first")
    twin, _ = await world.service(ada.home, "twin")
    await world.project()
    # Gathered without the index, found out when it is made, built again with it.
    done = await rebuild(world.database.query, SERVICES, KEK)
    assert (done.version, done.equal, done.position) == (2, True, await world.store.head())
    parked = await world.reading.reader.rows("select version, stream from view.parked order by 1")
    assert parked == [(1, f"service-{twin}"), (2, f"service-{twin}")]
    assert await gathered(world) == []


async def test_a_stream_that_is_parked_while_it_is_built_ahead_stays_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "BATCH", 2)
    await world.connection.execute(
        "alter table view.service add constraint no_cursed check (name not like 'cursed%')"
    )
    ada = await world.person("ada")
    going = []
    for n in range(12):
        going.append(await world.service(ada.home, f"cursed-{n}" if n % 4 == 1 else f"api-{n}"))
        for service, deployment in going:
            await world.happened(RolloutSucceeded(service_id=service, deployment_id=deployment))
    await world.project(batch=3)
    done = await rebuild(world.database.query, SERVICES, KEK)
    assert (done.equal, done.position) == (True, await world.store.head())
    parked = await world.reading.reader.rows(
        "select array_agg(stream || position order by position) from view.parked group by version"
    )
    assert len(parked) == 2 and parked[0] == parked[1] and len(parked[0][0]) == 3


async def test_a_table_built_anew_is_made_like_the_one_before(world: World) -> None:
    await world.connection.execute("delete from view.checkpoint where view = 'quotas'")
    with pytest.raises(RebuildFailed, match="never projected"):
        await rebuild(world.database.query, QUOTAS, KEK)
    await world.person("ada")
    await world.project()
    before = await shapes(world)
    for view in PROJECTED:
        await rebuild(world.database.query, view, KEK)
    assert await shapes(world) == before
    assert await gathered(world) == []


async def gathered(world: World) -> list[str]:
    return sorted(name for name in await tables(world) if name.endswith("_gathered"))


async def shapes(world: World) -> list[tuple[object, ...]]:
    """Indexes, constraints, columns and options of the live tables, whatever they are called."""
    live = [table for view in PROJECTED for table in view.tables]
    return await world.reading.reader.rows(
        """
select c.relname::text, c.relpersistence::text, c.reloptions,
       (select array_agg(d.text order by d.text) from (
          select regexp_replace(pg_get_indexdef(i.indexrelid), '^.* USING ', '')
                 || i.indisunique || i.indisprimary as text
            from pg_index i where i.indrelid = c.oid) d),
       (select array_agg(pg_get_constraintdef(k.oid) order by pg_get_constraintdef(k.oid))
          from pg_constraint k where k.conrelid = c.oid),
       (select array_agg(a.attname::text || a.attnotnull || a.attgenerated::text order by a.attnum)
          from pg_attribute a
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)
  from pg_class c join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'view'
 where c.relname = any(%s) order by 1""",
        (live,),
    )


async def test_events_that_come_during_a_rebuild_are_in_it(world: World) -> None:
    ada = await world.person("ada")
    for n in range(5):
        await world.service(ada.home, f"api-{n}")
    await world.project()

    async def keep_writing() -> None:
        for n in range(5, 15):
            await world.service(ada.home, f"api-{n}")
            try:
                await world.project()
            except CheckpointMoved:
                world.versions = []

    writing = asyncio.create_task(keep_writing())
    done = await rebuild(world.database.query, SERVICES, KEK)
    await writing
    world.versions = []
    await world.project()
    assert done.equal
    assert (await world.shown(ListServices(project="ada"), ada)).total == 15


async def test_a_view_without_a_checkpoint_starts_from_zero(world: World) -> None:
    ada = await world.person("ada")
    await world.service(ada.home, "api")
    await world.connection.execute("delete from view.checkpoint where view = 'history'")
    versions = await live_versions(world.connection, PROJECTED)
    assert {v.view.name: v.position for v in versions}["history"] == 0
    await world.project()
    assert world.progress.of(("history",)) == await world.store.head()


async def test_an_operator_rebuilds_and_drops_by_name(
    world: World, nats_bus: NatsServer, capsys: pytest.CaptureFixture[str]
) -> None:
    ada = await world.person("ada")
    await world.service(ada.home, "api")
    await world.project()
    settings = nats_bus.settings(postgres_dsn=Secret(postgres_url(world.database.admin)))
    assert await run_command(settings, ["rebuild", "services"]) == 0
    assert "services version 2 is live at position 5" in capsys.readouterr().out
    assert await run_command(settings, ["drop", "services", "1"]) == 0
    assert await run_command(settings, ["rebuild", "everything"]) == 2
    named = ", ".join(view.name for view in PROJECTED)
    assert f"views: {named}" in capsys.readouterr().err
