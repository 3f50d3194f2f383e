"""NVIDIA's own library, opened: which GPUs there are (nodes/devices.py) and how busy they are
(autoscale/gpu.py). Written after NVML's published interface; where this was built there is no GPU,
so a stand-in library proves the calls, not the driver."""

import ctypes
import logging
from collections.abc import Iterator, Sequence

log = logging.getLogger(__name__)

LIBRARY = "libnvidia-ml.so.1"
# What every reader of it needs; an older driver lacks some calls, then nothing is read at all.
CALLS = ("nvmlInit_v2", "nvmlDeviceGetCount_v2", "nvmlDeviceGetHandleByIndex_v2")


def opened(name: str, calls: Sequence[str]) -> ctypes.CDLL | None:
    """None where there is no driver, or one that does not offer `calls` beside the common ones."""
    try:
        library = ctypes.CDLL(name)
    except OSError:
        return None  # No NVIDIA driver here: the usual case.
    if not all(hasattr(library, call) for call in (*CALLS, *calls)) or library.nvmlInit_v2() != 0:
        log.warning("gpus_unreadable", extra={"library": name})
        return None
    return library


def handles(library: ctypes.CDLL) -> Iterator[ctypes.c_void_p]:
    """One per device that answers."""
    count = ctypes.c_uint()
    if library.nvmlDeviceGetCount_v2(ctypes.byref(count)) != 0:
        return
    for index in range(count.value):
        handle = ctypes.c_void_p()
        if library.nvmlDeviceGetHandleByIndex_v2(index, ctypes.byref(handle)) == 0:
            yield handle
