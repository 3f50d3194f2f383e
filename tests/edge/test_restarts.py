"""Either side dies and comes back; the traffic does not notice."""

import asyncio

import pytest

from services.edge import reconcile
from services.edge.actual import read_actual
from shared.bus.routes import Hold
from tests.edge.harness import Client, Edge, HaproxyProcess, Replica, eventually, table


async def test_the_edge_process_may_die_and_no_connection_notices(
    haproxy: HaproxyProcess, replica: Replica
) -> None:
    edge = Edge(haproxy).start()
    await edge.route(table(replica.backend()))
    client = Client(haproxy.port)
    slow = asyncio.create_task(client.get("/slow"))
    await eventually(lambda: bool(replica.heads))
    before = await read_actual(haproxy.runtime)
    await edge.kill()
    other = Client(haproxy.port)
    assert (await other.get())[0] == 200

    reborn = Edge(haproxy).start()
    ack = await reborn.route(table(replica.backend()))
    assert ack.error is None
    assert await read_actual(haproxy.runtime) == before
    replica.release.set()
    assert (await slow)[0] == 200
    assert (await client.get())[0] == 200  # The same connection as before.
    client.close()
    other.close()
    await reborn.kill()


async def test_a_new_edge_that_was_told_nothing_leaves_the_routes_alone(
    haproxy: HaproxyProcess, replica: Replica
) -> None:
    edge = Edge(haproxy).start()
    await edge.route(table(replica.backend()))
    await edge.kill()
    reborn = Edge(haproxy)
    await reborn.reconciler.pass_once()
    assert (await haproxy.get()).status == 200
    assert reborn.acks == []


async def test_a_new_edge_ends_what_was_deleted_while_it_was_away(
    haproxy: HaproxyProcess, replica: Replica, second: Replica
) -> None:
    edge = Edge(haproxy).start()
    await edge.route(table(replica.backend()))
    await edge.kill()
    reborn = Edge(haproxy).start()
    await reborn.route(table(second.backend(), generation=5))
    assert (await haproxy.get()).body == b"r2"
    await reborn.kill()


async def test_a_forgotten_service_leaves_nothing_behind(
    edge: Edge, haproxy: HaproxyProcess, replica: Replica
) -> None:
    await edge.route(table(replica.backend()))
    edge.reconciler.take("s1", None)
    await eventually(lambda: not edge.reconciler.actual.slots)
    actual = await read_actual(haproxy.runtime)
    assert (actual.hosts, actual.servers) == ({}, {})
    assert (await haproxy.get()).status == 404


async def test_a_restarted_haproxy_gets_everything_back(
    edge: Edge, haproxy: HaproxyProcess, replica: Replica
) -> None:
    await edge.route(table(replica.backend()))
    gone = table(service_id="s9", hosts=("old.acme.localhost",), gone=True)
    await edge.route(gone)
    await edge.route(table(service_id="s2", hosts=("b.acme.localhost",), hold=Hold(limit=0)))
    before = await read_actual(haproxy.runtime)
    await haproxy.kill()
    await eventually(lambda: not edge.reconciler.is_applied)
    await haproxy.start()
    await eventually(lambda: edge.reconciler.is_applied)
    after = await read_actual(haproxy.runtime)
    assert after.hosts.keys() == before.hosts.keys()
    assert (await haproxy.get()).body == b"r1"
    assert (await haproxy.get(host="old.acme.localhost")).status == 503


async def test_an_older_table_does_not_undo_a_newer_one(
    edge: Edge, haproxy: HaproxyProcess, replica: Replica, second: Replica
) -> None:
    await edge.route(table(second.backend(), generation=7))
    edge.reconciler.take("s1", table(replica.backend(), generation=6))
    await edge.reconciler.pass_once()
    assert (await haproxy.get()).body == b"r2"


async def test_a_hand_on_the_socket_is_undone(
    edge: Edge, haproxy: HaproxyProcess, replica: Replica
) -> None:
    await edge.route(table(replica.backend()))
    await haproxy.runtime.ask("clear map hosts.map")
    await edge.reconciler.pass_once()
    assert (await haproxy.get()).status == 200


async def test_a_replica_at_a_new_address_replaces_the_old_one(
    edge: Edge, haproxy: HaproxyProcess, replica: Replica
) -> None:
    await edge.route(table(replica.backend()))
    moved = await Replica("r1").start()
    await edge.route(table(moved.backend(), generation=2))
    replica.stop()
    for _ in range(5):
        assert (await haproxy.get()).status == 200
    assert len(moved.heads) == 5
    moved.stop()


async def test_an_edge_without_news_compares_nothing_until_half_a_minute_has_passed(
    edge: Edge, haproxy: HaproxyProcess, replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    await edge.route(table(replica.backend()))
    await asyncio.sleep(1.0)  # Until the news is old and its rest is over.
    passed_at = edge.reconciler.passed_at
    await asyncio.sleep(2.5)  # Two looks of a second each.
    assert edge.reconciler.passed_at == passed_at
    monkeypatch.setattr(reconcile, "FULL_SECONDS", 0.0)
    await haproxy.runtime.ask("clear map hosts.map")
    await eventually(lambda: edge.reconciler.passed_at > passed_at)
    assert (await haproxy.get()).status == 200


async def test_a_tombstone_is_said_again_a_few_times_only(
    edge: Edge, haproxy: HaproxyProcess
) -> None:
    await edge.route(table(gone=True))
    await edge.route(table(service_id="s2", hosts=("b.acme.localhost",)))
    for _ in range(5):
        edge.reconciler.say_again()
        await edge.reconciler.pass_once()
    said = [ack.service_id for ack in edge.acks if ack.service_id == "s1"]
    assert (
        len(said) == reconcile.TOMBSTONES_SAID - 1
    )  # The first one was before `acks` was cleared.
    assert len([ack for ack in edge.acks if ack.service_id == "s2"]) >= 5
