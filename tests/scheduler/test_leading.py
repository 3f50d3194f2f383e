"""A leader on a real bus: from a rollout to routed replicas, and what it survives."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from services.scheduler.leave_all import stop_everything
from services.scheduler.tables import Tables
from shared.domain.replica.commands import (
    RecordReplicaDraining,
    RecordReplicaStarted,
    RecordReplicaStopped,
)
from shared.domain.service.commands import ConcludeRollout, RequestRollout
from shared.queries.services import GetWanted
from shared.runtime.clock import SystemClock
from tests.scheduler.making import PROJECT
from tests.scheduler.stage import Stage, eventually, open_stage
from tests.support.git import push
from tests.support.nats import NatsServer

FILES = {"Procfile": "web: true\n"}


@pytest.fixture
async def stage(nats_bus: NatsServer, tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(nats_bus, tmp_path / "stage") as opened:
        push(opened.repositories, "acme/api", FILES)
        yield opened


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path) -> None:
    (tmp_path / "stage").mkdir()


async def deployed(stage: Stage, id_: str = "d1") -> None:
    await stage.log.deploy(id_)
    await eventually(lambda: stage.log.serving == id_)
    await eventually(lambda: len(stage.routed) == stage.log.replicas_wanted)


def failures(stage: Stage) -> list[ConcludeRollout]:
    return [verdict for verdict in stage.log.named(ConcludeRollout) if not verdict.succeeded]


def has_started(stage: Stage, count: int) -> bool:
    return len(stage.engine.specs) == count


async def test_a_rollout_ends_with_routed_replicas_of_the_branchs_commit(
    stage: Stage, nats_bus: NatsServer
) -> None:
    stage.log.replicas_wanted = 2
    async with stage.leading(nats_bus):
        await deployed(stage)
    commit = stage.log.deployments[-1].commit
    assert commit is not None
    assert len(commit) == 40
    assert len(stage.engine.alive) == 2
    assert {spec.environment["GREETING"] for spec in stage.engine.specs} == {"hello"}
    assert stage.table.hosts == ("api.acme.localhost",)
    assert (stage.table.name, stage.table.namespace) == ("api", "acme")


async def test_a_picture_is_asked_for_once_for_each_thing_that_was_done(
    stage: Stage, nats_bus: NatsServer
) -> None:
    async with stage.leading(nats_bus) as control:
        await eventually(lambda: control.passes.is_settled)
        await deployed(stage)
        await eventually(lambda: not len(control.queue))
        # The event, the commit, the start, the verdict: and their own echoes ask for nothing.
        pictures = [one for one in stage.log.asked if isinstance(one, GetWanted)]
        assert len(pictures) <= 5
        await asyncio.sleep(1.0)
        assert len([one for one in stage.log.asked if isinstance(one, GetWanted)]) <= 5


async def test_a_lost_event_is_made_up_for_by_the_full_pass(
    stage: Stage, nats_bus: NatsServer
) -> None:
    async with stage.leading(nats_bus) as control:
        await deployed(stage)
        stage.log.is_removed = True
        stage.log.position += 1  # Nobody tells it.
        await control.passes.look()
        await eventually(lambda: not stage.engine.replicas)


async def test_the_next_leader_adopts_every_replica(stage: Stage, nats_bus: NatsServer) -> None:
    async with stage.leading(nats_bus):
        await deployed(stage)
    before = stage.engine.alive
    async with stage.leading(nats_bus, epoch=2) as control:
        await eventually(lambda: control.passes.is_settled and not len(control.queue))
        await asyncio.sleep(0.3)
    assert stage.engine.alive == before
    assert stage.engine.stopped == []
    assert len(stage.engine.specs) == 1


async def test_a_replica_whose_start_was_not_recorded_is_adopted(
    stage: Stage, nats_bus: NatsServer
) -> None:
    async with stage.leading(nats_bus):
        await deployed(stage)
    stage.log.docs.clear()
    async with stage.leading(nats_bus, epoch=2):
        await eventually(lambda: len(stage.log.docs) == 1)
        await asyncio.sleep(0.3)
    assert len(stage.engine.specs) == 1
    assert len(stage.log.named(RecordReplicaStarted)) == 2


async def test_a_crash_is_recorded_with_its_last_lines_and_replaced(
    stage: Stage, nats_bus: NatsServer
) -> None:
    async with stage.leading(nats_bus):
        await deployed(stage)
        first = stage.engine.alive[0].replica_id
        stage.engine.crash(first)
        await eventually(lambda: len(stage.engine.specs) == 2)
        await eventually(lambda: stage.routed == [stage.engine.alive[0].replica_id])
        await eventually(lambda: any("by itself" in line["message"] for line in stage.log.lines))
    (stopped,) = stage.log.named(RecordReplicaStopped)
    assert (stopped.asked, stopped.code) == (False, 3)
    assert stopped.log_tail == ("hello", "last words")
    printed = [line["message"] for line in stage.log.lines if line["replica_id"] == first]
    assert "last words" in printed
    assert first not in stage.engine.replicas


async def test_an_old_replica_is_stopped_only_when_its_requests_have_ended(
    stage: Stage, nats_bus: NatsServer
) -> None:
    async with stage.leading(nats_bus):
        await deployed(stage)
        old = stage.engine.alive[0].replica_id
        stage.edge.busy = (old,)
        await stage.log.deploy("d2")
        await eventually(lambda: stage.log.named(RecordReplicaDraining))
        await asyncio.sleep(0.4)
        assert stage.engine.stopped == []
        assert old not in stage.routed
        stage.edge.busy = ()
        await eventually(lambda: stage.engine.stopped == [old])
        await eventually(lambda: old not in stage.engine.replicas)
    assert stage.log.serving == "d2"


async def test_an_edge_that_says_nothing_is_waited_for_only_so_long(
    stage: Stage, nats_bus: NatsServer
) -> None:
    async with stage.leading(nats_bus):
        await deployed(stage)
        old = stage.engine.alive[0].replica_id
        stage.edge.is_away = True
        await stage.log.deploy("d2")
        await eventually(lambda: stage.engine.stopped == [old])


async def test_a_removed_service_is_gone_from_the_routes_and_from_the_engine(
    stage: Stage, nats_bus: NatsServer
) -> None:
    async with stage.leading(nats_bus):
        await deployed(stage)
        await stage.log.remove()
        await eventually(lambda: stage.table.state == "gone")
        await eventually(lambda: not stage.engine.replicas)
    assert stage.log.named(RecordReplicaStopped)[0].asked


async def test_without_answers_everything_keeps_running_and_goes_on_later(
    stage: Stage, nats_bus: NatsServer
) -> None:
    async with stage.leading(nats_bus):
        await deployed(stage)
        await nats_bus.stop()
        first = stage.engine.alive[0].replica_id
        await asyncio.sleep(1.0)
        assert [one.replica_id for one in stage.engine.alive] == [first]
        stage.engine.crash(first)
        await nats_bus.start()
        await eventually(lambda: len(stage.engine.specs) == 2, 15)
        await eventually(lambda: stage.routed == [stage.engine.alive[0].replica_id])


async def test_a_refused_epoch_ends_all_acting(stage: Stage, nats_bus: NatsServer) -> None:
    async with stage.leading(nats_bus) as control:
        await deployed(stage)
        stage.log.epoch = 2
        told = len(stage.log.told)
        stage.engine.crash(stage.engine.alive[0].replica_id)
        await eventually(control.term.lost.is_set)
    assert len(stage.log.told) == told


async def test_a_push_is_deployed_and_a_failed_commit_is_not_tried_again(
    stage: Stage, nats_bus: NatsServer
) -> None:
    async with stage.leading(nats_bus):
        await deployed(stage)
        stage.log.gets_ready = False
        commit = push(stage.repositories, "acme/api", {"app.py": "print(1)\n"})
        await eventually(lambda: stage.log.named(RequestRollout))
        for starts in (2, 3, 4):
            await eventually(partial(has_started, stage, starts))
            stage.engine.crash(stage.engine.specs[-1].replica_id)
        await eventually(lambda: failures(stage))
        await asyncio.sleep(0.6)
    assert [request.commit for request in stage.log.named(RequestRollout)] == [commit]
    assert failures(stage)[0].reason == "crashed"
    assert "last words" in failures(stage)[0].log_tail
    assert len(stage.engine.alive) == 1


async def test_after_a_rollback_the_branch_is_deployed_again_only_when_it_moves(
    stage: Stage, nats_bus: NatsServer
) -> None:
    async with stage.leading(nats_bus):
        await deployed(stage)
        first = stage.log.deployments[-1].commit
        second = push(stage.repositories, "acme/api", {"Procfile": "web: true # 2\n"})
        await eventually(lambda: stage.log.deployments[-1].commit == second)
        await eventually(lambda: stage.log.serving == stage.log.deployments[-1].id)
        asked = len(stage.log.named(RequestRollout))
        await stage.log.deploy("back", first, trigger="rollback")
        await eventually(lambda: stage.log.serving == "back")
        await asyncio.sleep(1.0)  # Five looks at the branch, which still ends with the second.
        assert len(stage.log.named(RequestRollout)) == asked
        third = push(stage.repositories, "acme/api", {"Procfile": "web: true # 3\n"})
        await eventually(lambda: stage.log.deployments[-1].commit == third)


async def test_a_rollback_runs_a_commit_that_is_no_branchs_end_any_more(
    stage: Stage, nats_bus: NatsServer
) -> None:
    first = push(stage.repositories, "acme/api", {"Procfile": "web: true # first\n"})
    push(stage.repositories, "acme/api", {"Procfile": "web: true # second\n"})
    async with stage.leading(nats_bus):
        await deployed(stage)
        await stage.log.deploy("back", first, trigger="rollback")
        await eventually(lambda: stage.log.serving == "back")
        assert failures(stage) == []
        tree = stage.engine.specs[-1].prepared.tree
        assert tree is not None
        assert (tree / "Procfile").read_text() == "web: true # first\n"


async def test_trees_that_nobody_will_start_again_are_dropped(
    stage: Stage, nats_bus: NatsServer
) -> None:
    async with stage.leading(nats_bus) as control:
        await deployed(stage)
        old = stage.log.deployments[-1].commit
        new = push(stage.repositories, "acme/api", {"app.py": "print(2)\n"})
        await eventually(lambda: stage.log.deployments[-1].commit == new)
        await eventually(lambda: len(stage.engine.replicas) == 1 and stage.engine.stopped)
        await eventually(lambda: not len(control.queue))
        await control.passes.look()
        await control.passes.look()
    checkouts = stage.folder / "checkouts" / PROJECT
    assert [one.name for one in checkouts.iterdir()] == [new]
    assert stage.engine.discarded == [checkouts / str(old)]


async def test_lost_route_tables_are_published_again(stage: Stage, nats_bus: NatsServer) -> None:
    async with stage.leading(nats_bus):
        await deployed(stage)
        await nats_bus.stop()
        shutil.rmtree(nats_bus.folder / "jetstream")
        stage.edge.seen.clear()
        await nats_bus.start()
        await eventually(lambda: len(stage.routed) == 1, 15)


async def test_routes_that_a_former_leader_told_are_put_right(
    stage: Stage, nats_bus: NatsServer
) -> None:
    async with stage.leading(nats_bus):
        await deployed(stage)
        former = Tables(stage.bus, SystemClock())
        await former.load()
        stale = await former.publish(replace(stage.table, backends=()))
        await eventually(
            lambda: stage.table.generation > stale.generation and len(stage.routed) == 1, 30
        )
        assert stale in stage.edge.seen, "edges had it"


async def test_the_end_of_the_stack_stops_all_replicas_and_says_so(
    stage: Stage, nats_bus: NatsServer
) -> None:
    stage.log.replicas_wanted = 3
    async with stage.leading(nats_bus) as control:
        await deployed(stage)
    await stop_everything(control, seconds=5.0)
    assert stage.engine.replicas == {}
    assert [stopped.asked for stopped in stage.log.named(RecordReplicaStopped)] == [True] * 3
    await eventually(lambda: stage.table.backends == ())
    async with stage.leading(nats_bus, epoch=2):
        await eventually(lambda: len(stage.routed) == 3)


async def test_what_is_printed_and_what_we_say_arrives_as_lines(
    stage: Stage, nats_bus: NatsServer
) -> None:
    async with stage.leading(nats_bus):
        await deployed(stage)
        await eventually(lambda: len({line["stream"] for line in stage.log.lines}) == 2)
        await eventually(lambda: any("rollout" in line["message"] for line in stage.log.lines))
    by_stream = {line["stream"]: line for line in stage.log.lines}
    assert by_stream["stdout"]["message"] == "hello"
    said = [line["message"] for line in stage.log.lines if line["stream"] == "system"]
    assert "built" in said
    assert any(text.startswith("preparing commit") for text in said)
    assert "rollout succeeded" in said
    keys = [(line["replica_id"], line["seq"]) for line in stage.log.lines]
    assert len(set(keys)) == len(keys)
