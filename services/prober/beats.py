"""The beats by which probers know of one another: several a lease, one at once for a newcomer.

A prober is counted by the others once it looks at targets, not before: what was theirs stays
looked at until then. One that leaves says so, and nobody waits for its lease to run out."""

import asyncio
import json
import logging
from collections.abc import Callable

from services.prober.share import Share
from shared.bus.broker import Bus
from shared.bus.subjects import PROBER_BEATS
from shared.runtime.clock import Clock

log = logging.getLogger(__name__)

BEATS_A_LEASE = 4
ANSWER_SECONDS = 0.3


class Beats:
    """`changed` is called whenever another prober has come or gone."""

    def __init__(
        self,
        bus: Bus,
        share: Share,
        clock: Clock,
        *,
        lease: float,
        is_looking: Callable[[], bool],
        changed: Callable[[], None],
    ) -> None:
        self._bus = bus
        self._share = share
        self._clock = clock
        self._pause = lease / BEATS_A_LEASE
        self._is_looking = is_looking
        self._changed = changed
        self._sooner = asyncio.Event()

    async def greet(self) -> None:
        """Asks who is there, and gives them a moment to say so: before anything is looked at."""
        await self._say("new")
        await asyncio.sleep(ANSWER_SECONDS)

    async def run(self) -> None:
        was_connected = True
        while True:
            is_connected = self._bus.is_connected
            now = self._clock.monotonic()
            if not was_connected and is_connected:
                self._share.renew(now)
            if is_connected:
                await self._say("looking" if self._is_looking() else "new")
                self._settle(self._share.pass_time(self._clock.monotonic()))
            was_connected = is_connected
            self._sooner.clear()
            try:
                async with asyncio.timeout(self._pause):
                    await self._sooner.wait()
            except TimeoutError:
                continue

    async def leave(self) -> None:
        if self._bus.is_connected:
            await self._say("left")
            # Out before the connection closes, but never waited for long.
            await self._bus.client.flush(timeout=1)

    async def hear(self, _subject: str, body: bytes) -> None:
        try:
            said = json.loads(body)
            member, state = str(said["id"]), str(said["state"])
        except (ValueError, KeyError, TypeError):
            log.error("beat_unreadable", extra={"body": body[:100].decode("latin-1")})
            return
        if member == self._share.me:
            return
        now = self._clock.monotonic()
        match state:
            case "looking":
                self._settle(self._share.heard(member, now))
            case "left":
                self._settle(self._share.left(member, now))
            case _ if self._is_looking():
                self._sooner.set()  # A newcomer: it shall know of us at once.
            case _:
                pass  # Both are new.

    def _settle(self, changes: bool) -> None:
        if changes:
            log.info("probers_changed", extra={"probers": len(self._share.members)})
            self._changed()

    async def _say(self, state: str) -> None:
        body = json.dumps({"id": self._share.me, "state": state}).encode()
        await self._bus.publish(PROBER_BEATS, body)
