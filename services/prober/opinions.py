"""The second opinion, without which no target that was well is called unwell: another prober's
where one lives, else our own once more, on a fresh connection after a pause.

A request names a target, never an address: each prober asks only what its own list holds."""

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable

import nats.errors

from services.prober.judge import Answer
from services.prober.probe import ProbeImpossible
from services.prober.share import Share
from shared.bus.broker import Bus, Unanswered
from shared.bus.subjects import opinion_subject

log = logging.getLogger(__name__)

ASKED_MAX = 2
PAUSE_LEAST, PAUSE_MOST = 0.05, 0.3
GRACE_SECONDS = 1.0
IN_HAND_MAX = 64

# Asks the target of that key itself; None where this prober's list does not hold it.
Ask = Callable[[str], Awaitable[Answer | None]]


class Opinions:
    def __init__(self, bus: Bus, share: Share) -> None:
        self._bus = bus
        self._share = share
        self._kinds: dict[str, tuple[Ask, float]] = {}
        self._in_hand = 0

    def add(self, kind: str, ask: Ask, timeout: float) -> None:
        self._kinds[kind] = (ask, timeout)

    async def second(self, kind: str, key: str) -> Answer | None:
        """None where nobody could ask: then nothing is known."""
        ask, timeout = self._kinds[kind]
        for prober in self._share.others(key)[:ASKED_MAX]:
            answer = await self._of(prober, kind, key, timeout)
            if answer is not None:
                return answer
        pause = random.uniform(PAUSE_LEAST, PAUSE_MOST)  # noqa: S311 - nothing to guess
        await asyncio.sleep(pause)
        return await _asked(ask, key)

    async def answer(self, _subject: str, body: bytes, _headers: dict[str, str]) -> bytes:
        """What this prober gets from a target at this moment, for another one."""
        if self._in_hand >= IN_HAND_MAX:
            return json.dumps({"known": False}).encode()
        self._in_hand += 1
        try:
            said = json.loads(body)
            kind = self._kinds.get(str(said["kind"]))
            answer = None if kind is None else await _asked(kind[0], str(said["key"]))
        finally:
            self._in_hand -= 1
        if answer is None:
            return json.dumps({"known": False}).encode()
        fields = {"healthy": answer.is_healthy, "reason": answer.reason, "told": answer.is_told}
        return json.dumps({"known": True, **fields}).encode()

    async def _of(self, prober: str, kind: str, key: str, timeout: float) -> Answer | None:
        body = json.dumps({"kind": kind, "key": key}).encode()
        try:
            reply = await self._bus.request(
                opinion_subject(prober), body, seconds=timeout + GRACE_SECONDS
            )
            said = json.loads(reply)
            if not said["known"]:
                return None
            return Answer(
                is_healthy=said["healthy"] is True,
                reason=str(said["reason"]),
                is_told=said["told"] is True,
            )
        except (Unanswered, nats.errors.Error, OSError, RuntimeError) as error:
            log.warning("opinion_unanswered", extra={"prober": prober, "error": str(error)[:200]})
        except (ValueError, KeyError, TypeError) as error:
            log.error("opinion_unreadable", extra={"prober": prober, "error": str(error)[:200]})
        return None


async def _asked(ask: Ask, key: str) -> Answer | None:
    try:
        return await ask(key)
    except ProbeImpossible as error:
        log.warning("opinion_impossible", extra={"why": str(error)})
        return None
