"""What the runner has in hand: one execution, what was seen of it, and what was asked of it."""

import asyncio
from dataclasses import dataclass, field

from services.scheduler.runtimes.interface import Observed
from shared.queries.executions import Unfinished


@dataclass(slots=True, kw_only=True)
class ExecutionCase:
    """`position`: no picture older than this is used. `changed` is set when `seen` differs from
    before, and when somebody asked for the stop. `node` is where it was placed."""

    item: Unfinished
    node: str = ""
    position: int = 0
    seen: Observed | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    memory_bytes: int = 0

    @property
    def placed_on(self) -> str:
        """By us, or by a leader before us."""
        return self.node or self.item.node

    def take(self, item: Unfinished, position: int) -> None:
        if position < self.position:
            return
        self.position = position
        if item.is_stopping and not self.item.is_stopping:
            self.changed.set()
        self.item = item

    def look(self, seen: Observed | None) -> None:
        before, self.seen = self.seen, seen
        if seen is not None:
            self.memory_bytes = max(self.memory_bytes, seen.memory_bytes)
        if (before is None) != (seen is None) or (
            before is not None and seen is not None and before.state != seen.state
        ):
            self.changed.set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """It cannot begin yet; it keeps its place in the queue. `seconds` until it is tried again."""

    seconds: float
