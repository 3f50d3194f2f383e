"""What the edges last said of each service: do they all do as the newest table says, who is busy.

An edge says everything again every half minute, so one that was not heard for longer is away and
is not waited for. Before any edge was heard nothing counts as done.
"""

from shared.bus.routes import RouteAck, RouteTable
from shared.runtime.clock import Clock

LIVE_SECONDS = 90.0


class Acks:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heard: dict[str, float] = {}
        self._last: dict[str, dict[str, RouteAck]] = {}

    def hear(self, ack: RouteAck) -> bool:
        """Whether it says something new."""
        self._heard[ack.edge_id] = self._clock.monotonic()
        said = self._last.setdefault(ack.service_id, {})
        before, said[ack.edge_id] = said.get(ack.edge_id), ack
        return before != ack

    def forget(self, service_id: str) -> None:
        self._last.pop(service_id, None)

    def is_done(self, service_id: str, table: RouteTable | None) -> bool:
        if table is None:
            return True
        said = self._last.get(service_id, {})
        live = self._live()
        return bool(live) and all(
            edge in said and said[edge].generation >= table.generation for edge in live
        )

    def newest(self, service_id: str) -> int:
        """The newest generation that any edge says it has."""
        said = self._last.get(service_id, {}).values()
        return max((ack.generation for ack in said), default=0)

    def busy(self, service_id: str) -> frozenset[str]:
        live = self._live()
        said = self._last.get(service_id, {})
        return frozenset(one for edge, ack in said.items() if edge in live for one in ack.busy)

    def _live(self) -> set[str]:
        oldest = self._clock.monotonic() - LIVE_SECONDS
        return {edge for edge, at in self._heard.items() if at >= oldest}
