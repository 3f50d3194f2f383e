"""The rounds: takes what is due off the plan, probes it in bounded pools, judges the answers.

Starting targets have a pool of their own: people wait for them, and a thousand steady ones must
not stand in their way. A target is in a pool once at most, so the queues are bounded. Every prober
holds all targets, for second opinions, and makes rounds of its own share of them."""

import asyncio
import heapq
import itertools
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from services.prober.guard import MassGuard
from services.prober.judge import DOWN_AFTER, Answer, Health, Verdict, judge
from services.prober.measures import Measures
from services.prober.plan import Pace, next_at
from services.prober.probe import ProbeImpossible
from shared.runtime.clock import Clock

log = logging.getLogger(__name__)

# As many as may wait for silence at once, each for a whole time-out, and delay nobody else.
SLOTS = {"startup": 64, "steady": 128}
TAKE_OVER_SECONDS = 2.0
IMPOSSIBLE_SECONDS = 30.0


class Target(Protocol):
    @property
    def key(self) -> str:
        """What it is known by, in this kind of targets."""
        ...


T = TypeVar("T", bound=Target)

Probe = Callable[[T, float], Awaitable[Answer]]
# (target, verdict, the target's age in seconds)
Tell = Callable[[T, Verdict, float], None]
# A second opinion on the target of that key; None where nobody has one.
Second = Callable[[str], Awaitable[Answer | None]]


@dataclass(slots=True, kw_only=True)
class Watched(Generic[T]):
    """`seen_at`: the newest log position that showed it alive. `born` and `due` are monotonic.
    `ticket`: of its one valid place in the plan."""

    target: T
    health: Health
    born: float
    due: float
    seen_at: int
    is_mine: bool
    ticket: int = 0


class Rounds(Generic[T]):
    """`owns`: whether this prober is to look at the target of that key."""

    def __init__(
        self,
        *,
        pace: Pace,
        clock: Clock,
        probe: Probe[T],
        tell: Tell[T],
        measures: Measures,
        owns: Callable[[str], bool] = lambda key: True,
        second: Second | None = None,
        slots: dict[str, int] | None = None,
    ) -> None:
        self._pace = pace
        self._clock = clock
        self._probe = probe
        self._tell = tell
        self._measures = measures
        self._owns = owns
        self._second = second
        self._slots = slots or SLOTS
        self._guard = MassGuard()
        self._watched: dict[str, Watched[T]] = {}
        self._phases: Counter[str] = Counter()  # of those that are ours
        self._silent: set[str] = set()  # ready until now, but the last probe heard nothing
        self._plan: list[tuple[float, int, Watched[T]]] = []
        self._tickets = itertools.count(1)
        self._sooner = asyncio.Event()
        self._pools: dict[str, asyncio.Queue[Watched[T]]] = {p: asyncio.Queue() for p in SLOTS}

    @property
    def is_suspect(self) -> bool:
        return self._guard.suspect_since is not None

    @property
    def share(self) -> int:
        """How many targets are ours."""
        return self._phases.total()

    def watched(self) -> tuple[Watched[T], ...]:
        return tuple(self._watched.values())

    def find(self, key: str) -> Watched[T] | None:
        return self._watched.get(key)

    def add(self, target: T, *, is_ready: bool, age: float, seen_at: int) -> None:
        """Probed at once: a new one because people wait for it, a known one because nobody has
        looked at it while we were away."""
        now = self._clock.monotonic()
        watched = Watched(
            target=target,
            health=Health(phase="ready" if is_ready else "starting"),
            born=now - age,
            due=now,
            seen_at=seen_at,
            is_mine=self._owns(target.key),
        )
        self.remove(target.key)
        self._watched[target.key] = watched
        if watched.is_mine:
            self._count(watched, +1)
            self._plan_at(watched, now)

    def remove(self, key: str) -> None:
        watched = self._watched.pop(key, None)
        if watched is not None and watched.is_mine:
            self._count(watched, -1)

    def share_again(self) -> None:
        """Other probers have come or gone. What is ours now is looked at within two seconds."""
        now = self._clock.monotonic()
        for watched in self._watched.values():
            is_mine = self._owns(watched.target.key)
            if is_mine is watched.is_mine:
                continue
            if not is_mine:
                self._count(watched, -1)
            watched.is_mine = is_mine
            if is_mine:
                self._count(watched, +1)
                self._plan_at(watched, now + self._patience(watched))

    def _patience(self, watched: Watched[T]) -> float:
        if watched.health.phase == "starting":
            return 0.0
        most = min(self._pace.interval, TAKE_OVER_SECONDS)
        return random.uniform(0, most)  # noqa: S311 - spreads probes; nothing to guess

    def heard(self, key: str, *, is_ready: bool) -> None:
        """The log's word about a target that another prober looks at."""
        watched = self._watched.get(key)
        if watched is not None and not watched.is_mine and watched.health.is_ready != is_ready:
            watched.health = Health(phase="ready" if is_ready else "unready")

    def tell_again(self, watched: Watched[T]) -> None:
        """The log says otherwise: what we told was lost, or another's word came between."""
        verdict = Verdict(ready=watched.health.is_ready, reason=watched.health.reason)
        self._tell(watched.target, verdict, self._clock.monotonic() - watched.born)

    async def ask(self, key: str) -> Answer | None:
        """What a target says at this moment, for whoever needs a second opinion."""
        watched = self._watched.get(key)
        return None if watched is None else await self._probe(watched.target, self._pace.timeout)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._deal())
            for pool, slots in self._slots.items():
                for _ in range(slots):
                    group.create_task(self._work(pool))

    async def _deal(self) -> None:
        while True:
            self._sooner.clear()
            now = self._clock.monotonic()
            while self._plan and self._plan[0][0] <= now:
                _, ticket, watched = heapq.heappop(self._plan)
                if watched.ticket == ticket and self._is_current(watched):
                    self._enqueue(watched)
            pause = self._plan[0][0] - now if self._plan else None
            try:
                async with asyncio.timeout(pause):
                    await self._sooner.wait()
            except TimeoutError:
                continue  # The next one is due.

    def _enqueue(self, watched: Watched[T]) -> None:
        pool = "startup" if watched.health.phase == "starting" else "steady"
        self._pools[pool].put_nowait(watched)

    async def _work(self, pool: str) -> None:
        queue = self._pools[pool]
        while True:
            watched = await queue.get()
            if not self._is_current(watched):
                continue
            self._measures.began(pool, lag=self._clock.monotonic() - watched.due)
            try:
                answer = await self._probe(watched.target, self._pace.timeout)
            except ProbeImpossible as error:
                log.warning("probe_impossible", extra={"why": str(error)})
                self._measures.ended(pool, "impossible", 0.0)
                pause = min(self._pace.interval, IMPOSSIBLE_SECONDS)
                self._plan_at(watched, self._clock.monotonic() + pause)
                continue
            self._measures.ended(
                pool, "healthy" if answer.is_healthy else "unhealthy", answer.seconds
            )
            if self._is_current(watched):  # It may have been stopped while we asked.
                await self._take(watched, answer)
            if self._is_current(watched):
                self._schedule_next(watched)

    async def _take(self, watched: Watched[T], answer: Answer) -> None:
        now = self._clock.monotonic()
        age = now - watched.born
        before = watched.health
        health, verdict = judge(before, answer, started=age / self._pace.startup_deadline)
        falls = before.is_ready and not health.is_ready
        if self._is_doubtful(watched, answer, now) and falls:
            log.warning(
                "mass_failure_suspected",
                extra={"silent": len(self._silent), "ready": self._phases["ready"]},
            )
            watched.health = replace(before, failures=DOWN_AFTER - 1)
            return
        if falls and not await self._is_confirmed(watched):
            watched.health = replace(before, failures=DOWN_AFTER - 1)
            return
        if not self._is_current(watched):
            return
        self._move(watched, health)
        if verdict is not None:
            self._measures.told(ready=verdict.ready)
            self._tell(watched.target, verdict, age)

    async def _is_confirmed(self, watched: Watched[T]) -> bool:
        """Whether somebody else, or we once more, find it unwell too: two must agree."""
        if self._second is None:
            return True
        answer = await self._second(watched.target.key)
        if answer is not None and not answer.is_healthy:
            return True
        why = "nobody has a second opinion" if answer is None else "the second opinion is healthy"
        log.warning("fall_not_confirmed", extra={"target": watched.target.key, "why": why})
        self._measures.disagreed()
        return False

    def _is_doubtful(self, watched: Watched[T], answer: Answer, now: float) -> bool:
        """Whether silence is to be doubted just now; an answer in HTTP never is."""
        is_silent = not answer.is_healthy and not answer.is_told
        if is_silent and watched.health.is_ready:
            self._silent.add(watched.target.key)
        else:
            self._silent.discard(watched.target.key)
        holds = self._guard.holds(silent=len(self._silent), watched=self._phases["ready"], now=now)
        self._measures.suspect(self.is_suspect)
        return holds and is_silent

    def _schedule_next(self, watched: Watched[T]) -> None:
        now = self._clock.monotonic()
        at = next_at(
            self._pace,
            watched.target.key,
            watched.health,
            now=now,
            age=now - watched.born,
            starting=self._phases["starting"],
            luck=random.uniform(-1, 1),  # noqa: S311 - spreads probes; nothing to guess
        )
        self._plan_at(watched, at)

    def _plan_at(self, watched: Watched[T], at: float) -> None:
        watched.due = at
        watched.ticket = next(self._tickets)
        if not self._plan or at < self._plan[0][0]:
            self._sooner.set()
        heapq.heappush(self._plan, (at, watched.ticket, watched))

    def _move(self, watched: Watched[T], health: Health) -> None:
        self._phases[watched.health.phase] -= 1
        self._phases[health.phase] += 1
        watched.health = health
        if not health.is_ready:
            self._silent.discard(watched.target.key)

    def _count(self, watched: Watched[T], change: int) -> None:
        self._phases[watched.health.phase] += change
        self._silent.discard(watched.target.key)
        self._measures.watching(self._phases.total())

    def _is_current(self, watched: Watched[T]) -> bool:
        return watched.is_mine and self._watched.get(watched.target.key) is watched
