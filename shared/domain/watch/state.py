"""A watch folded from its events."""

from dataclasses import dataclass
from typing import assert_never

from shared.domain.watch.events import WatchBecameHealthy, WatchBecameUnhealthy, WatchEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Of a service that was never looked at `project_id` and `is_healthy` are None."""

    project_id: str | None = None
    url: str = ""
    is_healthy: bool | None = None


def evolve(state: State, event: WatchEvent) -> State:
    match event:
        case WatchBecameHealthy():
            return State(project_id=event.project_id, url=event.url, is_healthy=True)
        case WatchBecameUnhealthy():
            return State(project_id=event.project_id, url=event.url, is_healthy=False)
        case _:
            assert_never(event)
