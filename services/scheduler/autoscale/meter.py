"""The traffic of services, from the edges' frames: windows, the last request, and whether the edges
were heard at all. Silence of an edge that speaks is no traffic; silence of one that is away is
nothing. No I/O, and time comes in as seconds of the wall clock.
"""

from shared.autoscale.traffic import GRACE_SECONDS, Traffic
from shared.bus.routes import Frame

# An edge says something every second.
SILENCE_SECONDS = 4.0
# One that was not heard for so long does not serve any more.
GONE_SECONDS = 90.0


class Meter:
    def __init__(self) -> None:
        self._busy: dict[str, dict[str, tuple[float, dict[str, int]]]] = {}
        self._traffic: dict[str, Traffic] = {}
        self._heard: dict[str, float] = {}
        self._since: dict[str, float] = {}

    def hear(self, edge_id: str, frames: tuple[Frame, ...], now: float) -> None:
        before = self._heard.get(edge_id)
        if before is None or now - before > SILENCE_SECONDS:
            self._since[edge_id] = now
        self._heard[edge_id] = now
        for frame in frames:
            traffic = self._traffic.get(frame.service_id)
            if traffic is None:
                traffic = self._traffic[frame.service_id] = Traffic(seconds=60.0)
            traffic.add(frame.second, frame.area, frame.n)
            if frame.replicas:
                heard = self._busy.setdefault(frame.service_id, {})
                heard[edge_id] = (now, dict(frame.replicas))
            if frame.area > 0 or frame.n > 0:
                traffic.active_at = max(traffic.active_at, min(now, frame.second + 1.0))

    def covered_for(self, now: float) -> float | None:
        """For how long every edge that serves was heard without a gap; None where one is silent."""
        for edge_id in [one for one, at in self._heard.items() if now - at > GONE_SECONDS]:
            del self._heard[edge_id], self._since[edge_id]
        if not self._heard or any(now - at > SILENCE_SECONDS for at in self._heard.values()):
            return None
        return now - max(self._since.values())

    def told(self) -> int | None:
        """The newest second of which every edge has told all."""
        if not self._heard:
            return None
        return int(min(self._heard.values()) - GRACE_SECONDS) - 1

    def idle_for(self, service_id: str, now: float) -> float:
        """For how long nobody asked for it, as far as was told and only while we listened."""
        told, covered, traffic = self.told(), self.covered_for(now), self._traffic.get(service_id)
        if told is None or covered is None:
            return 0.0
        active_at = 0.0 if traffic is None else traffic.active_at
        return max(0.0, min(told + 1 - active_at, told + 1 - (now - covered)))

    def in_flight(self, service_id: str, now: float) -> dict[str, int]:
        """Requests at each replica as the edges last told, together; what is old is not told."""
        counts: dict[str, int] = {}
        for at, busy in self._busy.get(service_id, {}).values():
            if now - at <= SILENCE_SECONDS:
                for replica_id, count in busy.items():
                    counts[replica_id] = counts.get(replica_id, 0) + count
        return counts

    def of(self, service_id: str, seconds: float, now: float) -> Traffic:
        """With windows of that length; up to date: that nothing was told of the seconds before
        means that there was nothing."""
        traffic = self._traffic.get(service_id)
        if traffic is None or traffic.seconds != seconds:
            active_at = 0.0 if traffic is None else traffic.active_at
            traffic = self._traffic[service_id] = Traffic(seconds=seconds, active_at=active_at)
        told = self.told()
        if told is not None and self.covered_for(now) is not None:
            traffic.add(told, 0.0, 0)
        return traffic

    def keep(self, service_ids: set[str]) -> None:
        self._traffic = {key: one for key, one in self._traffic.items() if key in service_ids}
        self._busy = {key: one for key, one in self._busy.items() if key in service_ids}
