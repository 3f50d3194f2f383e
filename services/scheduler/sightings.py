"""What the engine runs, listed once for all who ask at the same time, and watched for changes.

An engine has no bell: its list is read twice a second, and a service whose replicas look different
from before is woken.
"""

import asyncio
import logging
from collections.abc import Callable

from services.scheduler.runtimes.interface import Observed, Runtime, State

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5


class Sightings:
    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._current: asyncio.Task[tuple[Observed, ...]] | None = None
        self._next: asyncio.Task[tuple[Observed, ...]] | None = None
        self.latest: tuple[Observed, ...] = ()

    async def fresh(self) -> tuple[Observed, ...]:
        """A listing that began after this call: it shows what was done before it."""
        if self._next is None:
            self._next = asyncio.create_task(self._list_after(self._current))
        return await asyncio.shield(self._next)

    def listed(self) -> tuple[Observed, ...]:
        return self.latest

    async def of_service(self, service_id: str) -> tuple[Observed, ...]:
        return tuple(one for one in await self.fresh() if one.labels.service_id == service_id)

    async def watch(self, wake: Callable[[str], None]) -> None:
        """Ends only by cancellation."""
        before: dict[str, tuple[str, State]] = {}
        while True:
            try:
                listing = await self.fresh()
                now = {one.replica_id: (one.labels.service_id, one.state) for one in listing}
                changed = set(before.items()) ^ set(now.items())
                for service_id in {service_id for _, (service_id, _) in changed}:
                    wake(service_id)
                before = now
            except OSError as error:
                log.warning("engine_unreadable", extra={"error": str(error)[:200]})
            await asyncio.sleep(LOOK_SECONDS)

    async def _list_after(
        self, current: asyncio.Task[tuple[Observed, ...]] | None
    ) -> tuple[Observed, ...]:
        if current is not None:
            await asyncio.wait({current})
        self._current, self._next = self._next, None
        self.latest = tuple(await self._runtime.list())
        return self.latest
