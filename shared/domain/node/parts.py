"""What a node has and what it is for, and the bounds of each part. Values only."""

import re
from dataclasses import dataclass
from typing import Literal

# `detected`: the machine itself. `local`: a slice of it. `simulated`: nothing ever runs there.
Kind = Literal["detected", "local", "simulated"]

# Chosen by people, and part of paths and of subjects on the bus.
NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\Z")
_WORD = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._/ -]{0,61}[A-Za-z0-9])?\Z")
MILLICORES_MAX = 4_096_000
MEMORY_MAX = 64 * 2**40
GPUS_MAX, GPU_TYPES_MAX = 1024, 32
LABELS_MAX, TAINTS_MAX = 32, 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """`gpus` are (type, count), in the order of their names; a slice of a device is a type."""

    millicores: int
    memory_bytes: int
    gpus: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """Who may go there: only those that tolerate its taints, and nobody new while it is
    cordoned."""

    labels: tuple[tuple[str, str], ...] = ()
    taints: tuple[str, ...] = ()
    is_cordoned: bool = False


OPEN = Purpose()


def wrong_capacity(capacity: Capacity) -> tuple[str, str] | None:
    """The first part out of bounds, and what it must be."""
    if not 1 <= capacity.millicores <= MILLICORES_MAX:
        return "cpu", f"must be from 0.001 to {MILLICORES_MAX // 1000}"
    if not 1 <= capacity.memory_bytes <= MEMORY_MAX:
        return "memory_gb", f"must be more than 0 and at most {MEMORY_MAX // 2**30}"
    if len(capacity.gpus) > GPU_TYPES_MAX:
        return "gpus", f"must be at most {GPU_TYPES_MAX} types"
    for kind, count in capacity.gpus:
        if not _WORD.match(kind) or kind == "none":
            return "gpus", "must be named by their type"
        if not 1 <= count <= GPUS_MAX:
            return "gpus", f"must be from 1 to {GPUS_MAX} of a type"
    return None


def wrong_purpose(purpose: Purpose) -> tuple[str, str] | None:
    if len(purpose.labels) > LABELS_MAX:
        return "labels", f"must be at most {LABELS_MAX}"
    if any(not _WORD.match(text) for pair in purpose.labels for text in pair):
        return "labels", "must be 1 to 63 letters, digits and any of '._/ -' inside"
    if len(purpose.taints) > TAINTS_MAX:
        return "taints", f"must be at most {TAINTS_MAX}"
    if any(not _WORD.match(taint) for taint in purpose.taints):
        return "taints", "must be 1 to 63 letters, digits and any of '._/ -' inside"
    if len(set(purpose.taints)) < len(purpose.taints):
        return "taints", "must be named once each"
    return None


def wrong_region(region: str) -> tuple[str, str] | None:
    if region and not _WORD.match(region):
        return "region", "must be 1 to 63 letters, digits and any of '._/ -' inside"
    return None
