"""The rounds: takes what is due off the plan, probes it in bounded pools, judges the answers.

Starting replicas have a pool of their own: people wait for them, and a thousand steady replicas
must not stand in their way. A replica is in a pool once at most, so the queues are bounded."""

import asyncio
import heapq
import itertools
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from services.prober.address import ReplicaTarget
from services.prober.guard import MassGuard
from services.prober.judge import DOWN_AFTER, Answer, Health, Verdict, judge
from services.prober.measures import Measures
from services.prober.plan import Pace, next_at
from services.prober.probe import ProbeImpossible
from shared.runtime.clock import Clock

log = logging.getLogger(__name__)

SLOTS = {"startup": 32, "steady": 32}

Probe = Callable[[ReplicaTarget, float], Awaitable[Answer]]
# (target, verdict, the replica's age in seconds)
Tell = Callable[[ReplicaTarget, Verdict, float], None]


@dataclass(slots=True, kw_only=True)
class Watched:
    """`seen_at`: the newest log position that showed it alive. `born` and `due` are monotonic."""

    target: ReplicaTarget
    health: Health
    born: float
    due: float
    seen_at: int


class Rounds:
    def __init__(
        self, *, pace: Pace, clock: Clock, probe: Probe, tell: Tell, measures: Measures
    ) -> None:
        self._pace = pace
        self._clock = clock
        self._probe = probe
        self._tell = tell
        self._measures = measures
        self._guard = MassGuard()
        self._watched: dict[str, Watched] = {}
        self._phases: Counter[str] = Counter()
        self._silent: set[str] = set()  # ready until now, but the last probe heard nothing
        self._plan: list[tuple[float, int, Watched]] = []
        self._order = itertools.count()
        self._sooner = asyncio.Event()
        self._pools: dict[str, asyncio.Queue[Watched]] = {name: asyncio.Queue() for name in SLOTS}

    @property
    def is_suspect(self) -> bool:
        return self._guard.suspect_since is not None

    def watched(self) -> tuple[Watched, ...]:
        return tuple(self._watched.values())

    def find(self, replica_id: str) -> Watched | None:
        return self._watched.get(replica_id)

    def add(self, target: ReplicaTarget, *, is_ready: bool, age: float, seen_at: int) -> None:
        """Probed at once: a new replica because people wait for it, a known one because nobody
        has looked at it while we were away."""
        now = self._clock.monotonic()
        watched = Watched(
            target=target,
            health=Health(phase="ready" if is_ready else "starting"),
            born=now - age,
            due=now,
            seen_at=seen_at,
        )
        self._watched[target.replica_id] = watched
        self._phases[watched.health.phase] += 1
        self._measures.watching(len(self._watched))
        self._schedule(watched)

    def remove(self, replica_id: str) -> None:
        watched = self._watched.pop(replica_id, None)
        if watched is not None:
            self._phases[watched.health.phase] -= 1
            self._silent.discard(replica_id)
            self._measures.watching(len(self._watched))

    def tell_again(self, watched: Watched) -> None:
        """The log says otherwise: what we told was lost, or another's word came between."""
        verdict = Verdict(ready=watched.health.is_ready, reason=watched.health.reason)
        self._tell(watched.target, verdict, self._clock.monotonic() - watched.born)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._deal())
            for pool, slots in SLOTS.items():
                for _ in range(slots):
                    group.create_task(self._work(pool))

    async def _deal(self) -> None:
        while True:
            self._sooner.clear()
            now = self._clock.monotonic()
            while self._plan and self._plan[0][0] <= now:
                self._enqueue(heapq.heappop(self._plan)[2])
            pause = self._plan[0][0] - now if self._plan else None
            try:
                await asyncio.wait_for(self._sooner.wait(), pause)
            except TimeoutError:
                continue  # The next one is due.

    def _enqueue(self, watched: Watched) -> None:
        if self._is_current(watched):
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
                self._plan_at(watched, self._clock.monotonic() + self._pace.interval)
                continue
            self._measures.ended(
                pool, "healthy" if answer.is_healthy else "unhealthy", answer.seconds
            )
            if self._is_current(watched):  # It may have been stopped while we asked.
                self._take(watched, answer)
                self._schedule_next(watched)

    def _take(self, watched: Watched, answer: Answer) -> None:
        now = self._clock.monotonic()
        age = now - watched.born
        before = watched.health
        health, verdict = judge(before, answer, started=age / self._pace.startup_deadline)
        if self._is_doubtful(watched, answer, now) and before.is_ready and not health.is_ready:
            log.warning(
                "mass_failure_suspected",
                extra={"silent": len(self._silent), "ready": self._phases["ready"]},
            )
            watched.health = replace(before, failures=DOWN_AFTER - 1)
            return
        watched.health = health
        self._phases[before.phase] -= 1
        self._phases[health.phase] += 1
        if not health.is_ready:
            self._silent.discard(watched.target.replica_id)
        if verdict is not None:
            self._measures.told(ready=verdict.ready)
            self._tell(watched.target, verdict, age)

    def _is_doubtful(self, watched: Watched, answer: Answer, now: float) -> bool:
        """Whether silence is to be doubted just now; an answer in HTTP never is."""
        is_silent = not answer.is_healthy and not answer.is_told
        if is_silent and watched.health.is_ready:
            self._silent.add(watched.target.replica_id)
        else:
            self._silent.discard(watched.target.replica_id)
        holds = self._guard.holds(silent=len(self._silent), watched=self._phases["ready"], now=now)
        self._measures.suspect(self.is_suspect)
        return holds and is_silent

    def _schedule_next(self, watched: Watched) -> None:
        now = self._clock.monotonic()
        at = next_at(
            self._pace,
            watched.target.replica_id,
            watched.health,
            now=now,
            age=now - watched.born,
            starting=self._phases["starting"],
            luck=random.uniform(-1, 1),  # noqa: S311 - spreads probes; nothing to guess
        )
        self._plan_at(watched, at)

    def _plan_at(self, watched: Watched, at: float) -> None:
        watched.due = at
        self._schedule(watched)

    def _schedule(self, watched: Watched) -> None:
        if not self._plan or watched.due < self._plan[0][0]:
            self._sooner.set()
        heapq.heappush(self._plan, (watched.due, next(self._order), watched))

    def _is_current(self, watched: Watched) -> bool:
        return self._watched.get(watched.target.replica_id) is watched
