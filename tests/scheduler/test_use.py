"""How busy replicas are: GPUs through NVIDIA's interface (played here), processors elsewhere."""

from dataclasses import replace
from typing import Any

import pytest

from services.scheduler.autoscale.gpu import Device, Gpus, busy
from services.scheduler.autoscale.use import UseOfReplicas
from services.scheduler.placement import GIB, Need
from services.scheduler.runtimes.interface import Observed
from services.scheduler.samples import sample
from shared.runtime.clock import SystemClock
from tests.scheduler.making import R1, SERVING, replica, seen, service, wanted, workload


class PlayedLibrary:
    """Two devices: 80 % and 20 % busy, the second with two processes; a third that fails."""

    def __init__(self, answer: int = 0) -> None:
        self._answer = answer

    def nvmlInit_v2(self) -> int:
        return self._answer

    def nvmlDeviceGetCount_v2(self, count: Any) -> int:
        count._obj.value = 3
        return self._answer

    def nvmlDeviceGetHandleByIndex_v2(self, index: int, handle: Any) -> int:
        handle._obj.value = index + 1
        return 3 if index == 2 else 0

    def nvmlDeviceGetUtilizationRates(self, handle: Any, use: Any) -> int:
        use._obj.gpu = {1: 80, 2: 20}[handle.value]
        return 0

    def nvmlDeviceGetComputeRunningProcesses_v3(self, handle: Any, count: Any, into: Any) -> int:
        pids = {1: (10,), 2: (20, 21)}[handle.value]
        for place, pid in enumerate(pids):
            into[place].pid = pid
        count._obj.value = len(pids)
        return 0


def played(answer: int = 0) -> Gpus:
    return Gpus(PlayedLibrary(answer))  # type: ignore[arg-type]  # it answers as the library does


def test_devices_are_read_with_their_load_and_processes() -> None:
    assert played().devices() == (
        Device(busy=0.8, pids=frozenset({10})),
        Device(busy=0.2, pids=frozenset({20, 21})),
    )


def test_a_driver_that_fails_shows_no_devices() -> None:
    assert played(answer=9).devices() == ()


def test_without_a_driver_there_are_no_gpus() -> None:
    assert Gpus.open("libof-no-driver.so.1") is None
    assert Gpus.open("libc.so.6") is None, "a library without these calls"


def test_a_replica_is_as_busy_as_the_devices_its_processes_work_on() -> None:
    devices = played().devices()
    assert busy(devices, 10, lambda pid: set()) == 0.8
    assert busy(devices, 5, lambda pid: {10, 21}) == pytest.approx(0.5)
    assert busy(devices, 5, lambda pid: set()) is None


def gpu_service(*replicas: Any) -> Any:
    document = service(SERVING, SERVING)
    shape = workload(gpu="L4", cpu=8, target_gpu_utilization=50, replicas_max=8)
    return wanted(replace(document, workload=shape), *replicas)


def used(one: Observed, seconds: float) -> Observed:
    return replace(one, cpu_seconds=seconds)


class HandClock(SystemClock):
    __slots__ = ("seconds",)

    def __init__(self) -> None:
        self.seconds = 100.0

    def monotonic(self) -> float:
        return self.seconds


async def test_without_gpus_the_processors_stand_in() -> None:
    clock = HandClock()
    measures = UseOfReplicas(clock=clock, gpus=None, cores=2)
    r2 = replica("r2", "d1", "starting", ordinal=1)
    document = gpu_service(R1, r2)
    assert measures.of(document, (used(seen(R1), 0.0), used(seen(r2), 0.0))) is None
    clock.seconds = 110.0
    found = measures.of(document, (used(seen(R1), 15.0), used(seen(r2), 0.0)))
    assert found is not None
    # 15 s of the 20 that two cores have in ten seconds, though it asked for eight; the one that
    # is not ready is left out.
    assert found.share == pytest.approx(0.75)
    assert (found.of, found.wants) == ("CPU", 2)


async def test_with_gpus_their_load_is_what_counts() -> None:
    measures = UseOfReplicas(clock=SystemClock(), gpus=played(), cores=2)
    await measures.refresh({"r1"})
    found = measures.of(gpu_service(R1), (replace(seen(R1), pid=10),))
    assert found is not None
    assert (found.share, found.of, found.wants) == (0.8, "GPU", 2)


async def test_a_service_without_gpus_is_not_scaled_by_use() -> None:
    measures = UseOfReplicas(clock=SystemClock(), gpus=played())
    assert measures.of(wanted(service(SERVING, SERVING), R1), ()) is None


TWO_GPUS = Need(millicores=64_000, memory_bytes=4 * GIB, gpu="L4", gpu_count=2)
AT = "2026-11-25T12:00:00Z"


async def test_a_sample_tells_how_busy_the_gpus_of_a_replica_are() -> None:
    measures = UseOfReplicas(
        clock=SystemClock(), gpus=played(), descendants=lambda pid: {20} if pid == 10 else set()
    )
    share = measures.gpu_share
    on_two = replace(seen(R1), pid=10)
    assert sample(on_two, TWO_GPUS, AT, share)["gpu_share"] is None, "nothing was read yet"
    await measures.refresh({"r1"})
    assert sample(on_two, TWO_GPUS, AT, share)["gpu_share"] == pytest.approx(0.5)
    on_none = replace(seen(R1), pid=99)
    assert sample(on_none, TWO_GPUS, AT, share)["gpu_share"] == 0.0
    assert sample(on_two, Need(millicores=1000), AT, share)["gpu_share"] is None


async def test_where_there_is_no_gpu_a_sample_tells_none() -> None:
    measures = UseOfReplicas(clock=SystemClock(), gpus=None)
    await measures.refresh({"r1"})
    assert sample(seen(R1), TWO_GPUS, AT, measures.gpu_share)["gpu_share"] is None


def test_a_sample_counts_no_more_processors_than_there_are() -> None:
    told = sample(seen(R1), TWO_GPUS, AT, lambda _: None, cores=4)
    assert (told["cpu_limit"], told["memory_limit"]) == (4.0, 4 * GIB)
    small = sample(seen(R1), Need(millicores=500), AT, lambda _: None, cores=4)
    assert small["cpu_limit"] == 0.5
