"""Which GPUs this machine has, by the types that workloads name; from NVIDIA's own library.

A device that is cut (MIG) counts as its slices, each a type of its own.
"""

import ctypes
import re

from services.scheduler import nvml

CALLS = ("nvmlDeviceGetName", "nvmlDeviceGetMemoryInfo")
SLICES = ("nvmlDeviceGetMaxMigDeviceCount", "nvmlDeviceGetMigDeviceHandleByIndex")
NAME_MAX = 96
GIB = 1024**3
# What is sold in two sizes is told apart by its memory: a 40 GB device shows a little less.
_SIZES = {"A100": ((60, "A100-80GB"), (0, "A100-40GB")), "H100": ((60, "H100-80GB"),)}
_PLAIN = {"L4": "L4", "T4": "T4"}


class _Memory(ctypes.Structure):
    _fields_ = (
        ("total", ctypes.c_ulonglong),
        ("free", ctypes.c_ulonglong),
        ("used", ctypes.c_ulonglong),
    )


class Devices:
    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library

    @classmethod
    def open(cls, name: str = nvml.LIBRARY) -> "Devices | None":
        library = nvml.opened(name, CALLS)
        return None if library is None else cls(library)

    def types(self) -> tuple[str, ...]:
        """One entry per device, or per slice of a device that is cut."""
        return tuple(one for handle in nvml.handles(self._library) for one in self._of(handle))

    def _of(self, handle: ctypes.c_void_p) -> tuple[str, ...]:
        whole = type_of(self._name(handle), self._memory(handle))
        slices = self._slices(handle)
        if slices:
            return tuple(f"{whole}-{one}" for one in slices)
        return (whole,) if whole else ()

    def _slices(self, handle: ctypes.c_void_p) -> tuple[str, ...]:
        """Profiles as `1g.5gb`, empty where the device is whole or the driver cannot cut any."""
        if not all(hasattr(self._library, call) for call in SLICES):
            return ()
        most = ctypes.c_uint()
        if self._library.nvmlDeviceGetMaxMigDeviceCount(handle, ctypes.byref(most)) != 0:
            return ()
        found = []
        for index in range(most.value):
            one = ctypes.c_void_p()
            call = self._library.nvmlDeviceGetMigDeviceHandleByIndex
            if call(handle, index, ctypes.byref(one)) == 0:
                found.append(self._name(one).rpartition("MIG ")[2].strip())
        return tuple(profile for profile in found if profile)

    def _name(self, handle: ctypes.c_void_p) -> str:
        name = ctypes.create_string_buffer(NAME_MAX)
        if self._library.nvmlDeviceGetName(handle, name, NAME_MAX) != 0:
            return ""
        return name.value.decode("utf-8", "replace")

    def _memory(self, handle: ctypes.c_void_p) -> int:
        memory = _Memory()
        answer = self._library.nvmlDeviceGetMemoryInfo(handle, ctypes.byref(memory))
        return memory.total if answer == 0 else 0


def type_of(name: str, memory_bytes: int) -> str:
    """As workloads name it; a device that they have no word for keeps the driver's."""
    words = re.split(r"[ -]", name)
    for model, sizes in _SIZES.items():
        if model in words:
            for least, kind in sizes:
                if memory_bytes >= least * GIB:
                    return kind
    for model, kind in _PLAIN.items():
        if model in words:
            return kind
    return name.removeprefix("NVIDIA ").removeprefix("Tesla ").strip()
