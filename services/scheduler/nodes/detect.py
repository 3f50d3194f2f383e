"""This machine as a node: what the kernel and NVIDIA's library say it has."""

import os
from collections import Counter

import psutil

from services.scheduler.nodes.devices import Devices
from services.scheduler.nodes.node import Node
from shared.runtime.settings import Settings


def this_node(settings: Settings) -> Node:
    """What it has is shown also where `simulated` capacity bounds nothing."""
    library = Devices.open()
    gpus = Counter(library.types() if library is not None else ())
    return Node(
        name=settings.node_name,
        region=settings.node_region,
        millicores=(os.cpu_count() or 1) * 1000,
        memory_bytes=psutil.virtual_memory().total,
        gpus=tuple(sorted(gpus.items())),
        overcommits=settings.capacity == "simulated",
    )
