"""Upcasters: old shapes of events brought forward on read, never written back.

Each is pure, `dict -> dict`, for one (type, from version); the chain runs until the newest. Who
folds or projects therefore only ever sees the newest shape.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]  # Any: this is a codec, the shape is what the next step is about


@dataclass(frozen=True, slots=True, kw_only=True)
class Upcaster:
    """Brings events of `type` from `from_version` to the one after it."""

    type: str
    from_version: int
    cast: Callable[[Json], Json]


class UnknownShape(Exception):
    """An event of a newer version than this program knows. Park its stream, never skip it."""


class Upcasters:
    """`newest` names every type with its newest version: a missing step is found at start, not
    on the day an old event is read."""

    def __init__(self, upcasters: Iterable[Upcaster], newest: Iterable[tuple[str, int]]) -> None:
        self._newest = dict(newest)
        self._steps: dict[tuple[str, int], Callable[[Json], Json]] = {}
        for upcaster in upcasters:
            step = (upcaster.type, upcaster.from_version)
            if step in self._steps:
                raise ValueError(f"two upcasters for {upcaster.type} {upcaster.from_version}")
            self._steps[step] = upcaster.cast
        wanted = {(kind, v) for kind, last in self._newest.items() for v in range(1, last)}
        if wanted != set(self._steps):
            raise ValueError(f"upcasters and versions differ in {wanted ^ set(self._steps)}")

    def upcast(self, event_type: str, schema_version: int, data: Json) -> Json:
        newest = self._newest.get(event_type)
        if newest is None or not 1 <= schema_version <= newest:
            raise UnknownShape(f"{event_type} in version {schema_version}")
        for version in range(schema_version, newest):
            data = self._steps[event_type, version](data)
        return data
