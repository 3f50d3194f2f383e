"""A leader and its nodes, on a real bus: what it tells of the machine, and a node that drains."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.scheduler.nodes import keep
from services.scheduler.placement import GIB
from shared.domain.node.commands import RecordNodeDetected, RecordNodeGone
from shared.domain.node.parts import Capacity, Kind, Purpose
from shared.domain.replica.commands import RecordReplicaDraining, RecordReplicaStarted
from shared.queries.nodes import NodeDocument
from tests.scheduler.making import START
from tests.scheduler.stage import Stage, eventually, open_stage
from tests.support.git import push
from tests.support.nats import NatsServer

MOVES = (RecordReplicaStarted, RecordReplicaDraining)


@pytest.fixture
async def stage(nats_bus: NatsServer, tmp_path: Path) -> AsyncIterator[Stage]:
    (tmp_path / "stage").mkdir()
    async with open_stage(nats_bus, tmp_path / "stage") as opened:
        push(opened.repositories, "acme/api", {"Procfile": "web: true\n"})
        yield opened


def slice_of(name: str, *, drains: bool = False, kind: Kind = "local") -> NodeDocument:
    return NodeDocument(
        name=name,
        kind=kind,
        region="",
        capacity=Capacity(millicores=8000, memory_bytes=32 * GIB),
        purpose=Purpose(is_cordoned=drains),
        is_draining=drains,
        overcommits=False,
        created_at=START,
        updated_at=START,
        replicas=0,
        jobs=0,
        booked=Capacity(millicores=0, memory_bytes=0),
    )


async def test_replicas_move_from_a_node_that_drains_and_none_is_missed(
    stage: Stage, nats_bus: NatsServer
) -> None:
    stage.log.nodes = [slice_of("blue")]
    async with stage.leading(nats_bus):
        await stage.log.deploy("d1")
        await eventually(lambda: stage.log.serving == "d1", seconds=30.0)
        (first,) = stage.engine.alive
        assert first.labels.node == "blue"
        assert stage.log.docs[first.replica_id].node == "blue"
        (told,) = stage.log.named(RecordNodeDetected)
        assert told.name == "here"

        stage.log.nodes = [slice_of("blue", drains=True), slice_of("green")]
        await stage.log.publish("node", "blue", "drain_requested")
        await eventually(lambda: first.replica_id in stage.engine.stopped, seconds=30.0)
        (second,) = stage.engine.alive
        assert second.labels.node == "green"
    order = [type(one) for one in stage.log.told if isinstance(one, MOVES)]
    assert order == [RecordReplicaStarted, RecordReplicaStarted, RecordReplicaDraining]
    assert stage.log.named(RecordReplicaDraining)[0].reason == "node_drained"
    assert all(table.backends for table in stage.edge.seen[1:]), "somebody was always routed to"


async def test_a_machine_that_is_called_otherwise_by_now_is_gone(
    stage: Stage, nats_bus: NatsServer
) -> None:
    stage.log.nodes = [slice_of("former", kind="detected")]
    async with stage.leading(nats_bus):
        await eventually(lambda: stage.log.named(RecordNodeGone), seconds=30.0)
    assert stage.log.named(RecordNodeGone) == [RecordNodeGone(name="former")]


async def test_an_installation_that_waits_for_an_import_is_told_of_no_machine(
    stage: Stage, nats_bus: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keep, "UNTOLD_SECONDS", 0.05)
    stage.log.tiers = 0
    async with stage.leading(nats_bus) as control:
        await eventually(lambda: control.passes.is_settled, seconds=30.0)
        assert [node.name for node in control.book.nodes] == ["here"], "it is there all the same"
        assert stage.log.named(RecordNodeDetected) == []
        stage.log.tiers = 3
        await eventually(lambda: stage.log.named(RecordNodeDetected), seconds=30.0)
