"""Which endpoints are closed at the edges, so that a removal can be answered when it is true.

Edges are known by what they say; one that was not heard for longer than it repeats itself is away,
and nobody waits for it."""

import asyncio
from dataclasses import dataclass, field

from shared.bus.routes import RouteAck
from shared.runtime.clock import Clock

WAIT_SECONDS = 0.5
LIVE_SECONDS = 90.0
WAITING_MAX = 1000


@dataclass(slots=True)
class Waiting:
    closed_at: set[str] = field(default_factory=set)
    news: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True, kw_only=True)
class Endpoints:
    clock: Clock
    _heard: dict[str, float] = field(default_factory=dict)
    _waiting: dict[str, Waiting] = field(default_factory=dict)

    def hear(self, ack: RouteAck) -> None:
        self._heard[ack.edge_id] = self.clock.monotonic()
        waiting = self._waiting.get(ack.service_id)
        if waiting is not None and ack.gone:
            waiting.closed_at.add(ack.edge_id)
            waiting.news.set()

    def watch(self, service_id: str) -> Waiting | None:
        """Before the removal is asked for: an edge may be quicker than its answer. None where
        too many wait already."""
        if len(self._waiting) >= WAITING_MAX:
            return None
        return self._waiting.setdefault(service_id, Waiting())

    async def closed(self, waiting: Waiting | None) -> bool:
        """Whether every edge that lives answers 503 for it, within half a second."""
        if waiting is None:
            return False
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while not self._live() <= waiting.closed_at or not waiting.closed_at:
                    waiting.news.clear()
                    await waiting.news.wait()
        except TimeoutError:
            return False
        return True

    def forget(self, service_id: str) -> None:
        self._waiting.pop(service_id, None)

    def _live(self) -> set[str]:
        oldest = self.clock.monotonic() - LIVE_SECONDS
        return {edge for edge, at in self._heard.items() if at >= oldest}
