"""To zero and back on a real bus: the order of the steps, and the request that waits meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.scheduler.control import Control
from shared.domain.replica.commands import RecordReplicaDraining, RecordReplicaStopped
from shared.domain.scaling.commands import RecordScalingDecision, ScalingMemory
from shared.domain.scaling.policy import Policy
from tests.scheduler.making import SERVICE
from tests.scheduler.stage import Stage, eventually, open_stage
from tests.support.git import push
from tests.support.nats import NatsServer


@pytest.fixture
async def stage(nats_bus: NatsServer, tmp_path: Path) -> AsyncIterator[Stage]:
    (tmp_path / "stage").mkdir()
    async with open_stage(nats_bus, tmp_path / "stage") as opened:
        push(opened.repositories, "acme/api", {"Procfile": "web: true\n"})
        opened.log.replicas_min = 0
        opened.log.policy = Policy(window_seconds=6.0, scale_to_zero_seconds=1.0)
        yield opened


async def deployed(stage: Stage) -> None:
    await stage.log.deploy("d1")
    await eventually(lambda: len(stage.routed) == 1)


async def quiet_edge(control: Control) -> None:
    """An edge that counts, and counts nothing."""
    while True:
        control.autoscaler.hear_frames("e1", ())
        await asyncio.sleep(0.2)


def decisions(stage: Stage) -> list[RecordScalingDecision]:
    return stage.log.named(RecordScalingDecision)


async def test_an_idle_service_goes_to_sleep_step_by_step_and_wakes_for_a_request(
    stage: Stage, nats_bus: NatsServer
) -> None:
    async with stage.leading(nats_bus) as control:
        await deployed(stage)
        quiet = asyncio.create_task(quiet_edge(control))
        await eventually(lambda: bool(stage.log.named(RecordReplicaStopped)))
        quiet.cancel()
        order = [
            type(command)
            for command in stage.log.told
            if isinstance(
                command, RecordScalingDecision | RecordReplicaDraining | RecordReplicaStopped
            )
        ]
        assert order == [RecordScalingDecision, RecordReplicaDraining, RecordReplicaStopped]
        assert (decisions(stage)[0].desired, decisions(stage)[0].previous) == (0, 1)
        assert stage.routed == []
        assert stage.engine.alive == []
        control.autoscaler.hear_poke(SERVICE)
        await eventually(lambda: len(stage.routed) == 1)
        assert [one.desired for one in decisions(stage)] == [0, 1]
        assert stage.table.hold.limit == 100


async def test_many_pokes_are_one_decision(stage: Stage, nats_bus: NatsServer) -> None:
    async with stage.leading(nats_bus) as control:
        await deployed(stage)
        stage.log.replicas_wanted = 0
        await stage.log.publish("scaling", SERVICE, "decided")
        await eventually(lambda: stage.engine.alive == [])
        for _ in range(20):
            control.autoscaler.hear_poke(SERVICE)
        await eventually(lambda: len(stage.routed) == 1)
        assert [one.desired for one in decisions(stage)] == [1]


async def test_without_an_edge_that_counts_nothing_goes_to_sleep(
    stage: Stage, nats_bus: NatsServer
) -> None:
    async with stage.leading(nats_bus):
        await deployed(stage)
        await asyncio.sleep(3.0)  # Longer than its idle time and a tick.
        assert decisions(stage) == []


async def test_the_next_leader_goes_on_with_the_memory_of_the_log(
    stage: Stage, nats_bus: NatsServer
) -> None:
    stage.log.scaling_memory = ScalingMemory(panic_at=1.0, panic_most=4)
    async with stage.leading(nats_bus) as control:
        await deployed(stage)
        case = control.cases[SERVICE]
        await eventually(lambda: case.scaling is not None)
        assert case.scaling is not None
        assert case.scaling.memory.panic_most == 4
