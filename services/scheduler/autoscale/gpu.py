"""How busy the GPUs are that a service's replicas run on, from NVIDIA's own library; None where
there is none. Read in a thread: a driver may be slow.
"""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass

from services.scheduler import nvml

PROCESSES_MAX = 256
_TOO_SMALL = 7
CALLS = ("nvmlDeviceGetUtilizationRates", "nvmlDeviceGetComputeRunningProcesses_v3")


class _Utilization(ctypes.Structure):
    _fields_ = (("gpu", ctypes.c_uint), ("memory", ctypes.c_uint))


class _Process(ctypes.Structure):
    _fields_ = (
        ("pid", ctypes.c_uint),
        ("used_memory", ctypes.c_ulonglong),
        ("gpu_instance", ctypes.c_uint),
        ("compute_instance", ctypes.c_uint),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """`busy` is a share; `pids` are the processes that have work on it."""

    busy: float
    pids: frozenset[int]


class Gpus:
    """Opened once; `devices` may be asked from any one thread at a time."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library

    @classmethod
    def open(cls, name: str = nvml.LIBRARY) -> "Gpus | None":
        library = nvml.opened(name, CALLS)
        return None if library is None else cls(library)

    def devices(self) -> tuple[Device, ...]:
        found = (self._device(handle) for handle in nvml.handles(self._library))
        return tuple(device for device in found if device is not None)

    def _device(self, handle: ctypes.c_void_p) -> Device | None:
        use = _Utilization()
        if self._library.nvmlDeviceGetUtilizationRates(handle, ctypes.byref(use)) != 0:
            return None
        return Device(busy=use.gpu / 100.0, pids=self._pids(handle))

    def _pids(self, handle: ctypes.c_void_p) -> frozenset[int]:
        count, processes = ctypes.c_uint(PROCESSES_MAX), (_Process * PROCESSES_MAX)()
        answer = self._library.nvmlDeviceGetComputeRunningProcesses_v3(
            handle, ctypes.byref(count), processes
        )
        if answer not in (0, _TOO_SMALL):
            return frozenset()
        return frozenset(one.pid for one in processes[: min(count.value, PROCESSES_MAX)])


def busy(
    devices: tuple[Device, ...], pid: int, descendants: Callable[[int], set[int]]
) -> float | None:
    """The mean of the devices that a replica's processes work on."""
    pids = {pid, *descendants(pid)}
    shares = [device.busy for device in devices if device.pids & pids]
    return sum(shares) / len(shares) if shares else None
