"""Samples the load of each service several times a second and publishes a second's frames."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable

from services.edge.actual import Actual, InFlight, Load, is_quiet, read_load, read_replicas
from services.edge.frames import Tally
from services.edge.runtime_socket import RuntimeSocket, RuntimeUnreachable
from shared.bus.routes import encode_frames

log = logging.getLogger(__name__)

SAMPLE_SECONDS = 0.2
# Which replica is how busy is read once a second, of so many services at most.
REPLICAS_SECONDS = 1.0
REPLICAS_SLOTS_MAX = 100
# A line reaches us some milliseconds after its second has ended; later ones make a frame more.
GRACE_SECONDS = 0.3
FRAMES_PER_MESSAGE = 400
MESSAGES_KEPT_MAX = 300


class Sampler:
    def __init__(
        self,
        runtime: RuntimeSocket,
        tally: Tally,
        actual: Callable[[], Actual],
        lost: Callable[[], None],
    ) -> None:
        self._runtime = runtime
        self._tally = tally
        self._actual = actual
        self._lost = lost
        self._replicas_at = 0.0

    async def run(self) -> None:
        """Ends only by cancellation."""
        while True:
            try:
                await self._sample()
            except RuntimeUnreachable:
                self._lost()  # The reconciler says it in the log, and puts back what was lost.
            await asyncio.sleep(SAMPLE_SECONDS)

    async def _sample(self) -> None:
        owners = {slot: owner.service_id for slot, owner in self._actual().slots.items()}
        # Most seconds of most installations are quiet, and the load of a thousand slots is not
        # cheap to read five times in each.
        asleep = not owners or await is_quiet(self._runtime)
        by_slot = {} if asleep else await read_load(self._runtime, tuple(owners))
        by_service: dict[str, Load] = {}
        for slot, load in by_slot.items():
            by_service[owners[slot]] = load.plus(by_service.get(owners[slot], Load()))
        self._tally.sample(time.time(), by_service, await self._replicas(owners, by_slot))

    async def _replicas(
        self, owners: dict[str, str], by_slot: dict[str, Load]
    ) -> dict[str, InFlight]:
        """By service, where there is a choice: whoever stops a replica takes an idle one."""
        servers = self._actual().servers
        slots = [s for s, load in by_slot.items() if load.sessions and len(servers.get(s, {})) > 1]
        if not slots or time.monotonic() - self._replicas_at < REPLICAS_SECONDS:
            return {}
        self._replicas_at = time.monotonic()
        found = await read_replicas(self._runtime, tuple(slots[:REPLICAS_SLOTS_MAX]))
        return {owners[slot]: its for slot, its in found.items()}


class FramePublisher:
    """Keeps the last minutes of frames while the bus is away. A second without any is told as well,
    as none: whoever scales by traffic must tell no requests from nobody who counts them."""

    def __init__(
        self, tally: Tally, publish: Callable[[bytes], Awaitable[None]], up: Callable[[], bool]
    ) -> None:
        self._tally = tally
        self._publish = publish
        self._up = up
        self._kept: deque[bytes] = deque(maxlen=MESSAGES_KEPT_MAX)

    async def run(self) -> None:
        """Ends only by cancellation."""
        while True:
            now = time.time()
            await asyncio.sleep(1.0 - (now - GRACE_SECONDS) % 1.0)
            self.close_seconds(before=int(time.time() - GRACE_SECONDS))
            await self.publish_kept()

    def close_seconds(self, *, before: int) -> None:
        frames = self._tally.take(before)
        if not frames and not self._kept and self._up() and self._tally.is_sampled(time.time()):
            self._kept.append(encode_frames(()))
        for start in range(0, len(frames), FRAMES_PER_MESSAGE):
            if len(self._kept) == MESSAGES_KEPT_MAX:
                log.warning("frames_dropped", extra={"messages": 1})
            self._kept.append(encode_frames(frames[start : start + FRAMES_PER_MESSAGE]))

    async def publish_kept(self) -> None:
        while self._kept and self._up():
            await self._publish(self._kept[0])
            self._kept.popleft()
