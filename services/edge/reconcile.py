"""Keeps HAProxy equal to the wanted tables: look, plan, apply, look again; acks what holds.

One pass compares everything. Changes only wake it, so a burst of them is one pass. Where nothing
was told, nothing drains and HAProxy is the one of the last pass, nothing is compared; a pass every
half minute heals what a hand on its socket changed."""

import asyncio
import logging
from collections.abc import Callable

from services.edge.actual import Actual, is_settled, read_actual, read_life, read_slots
from services.edge.apply import apply
from services.edge.routes import Bounds, Plan, busy_replicas, draining, plan
from services.edge.runtime_socket import RuntimeSocket, RuntimeUnreachable
from services.edge.spelling import refused_table
from shared.bus.routes import RouteAck, RouteTable
from shared.runtime.clock import Clock

log = logging.getLogger(__name__)

PASS_SECONDS = 1.0
FULL_SECONDS = 30.0
BUSY_SECONDS = 0.1
# Passes take a quarter of the time at most, however fast the news come: each looks at all tables.
RESTS_PER_PASS = 3
REST_MAX = 0.5
# The ack of a tombstone is not said for ever: nobody waits for it after a minute.
TOMBSTONES_SAID = 3
AGAIN_SECONDS = 0.1
ROUNDS_MAX = 5


class Reconciler:
    """`ack` is called with every ack that says something new, or that somebody asked for anew."""

    def __init__(
        self,
        *,
        edge_id: str,
        runtime: RuntimeSocket,
        clock: Clock,
        ack: Callable[[RouteAck], None],
        own_hosts: frozenset[str] = frozenset(),
        drain_seconds: float = 30.0,
    ) -> None:
        self._edge_id = edge_id
        self._runtime = runtime
        self._clock = clock
        self._ack = ack
        self._own_hosts = own_hosts
        self._drain_seconds = drain_seconds
        self._wanted: dict[str, RouteTable] = {}
        self._forgotten: set[str] = set()
        self._refused: dict[str, RouteAck] = {}
        self._acked: dict[str, RouteAck] = {}
        self._draining_since: dict[tuple[str, str], float] = {}
        self._said: dict[str, int] = {}
        self._wake = asyncio.Event()
        self._life = ""
        self.passed_at = 0.0
        self.is_due = True
        self.actual = Actual()
        self.is_applied = False

    def take(self, service_id: str, table: RouteTable | None) -> None:
        """A table as it came; None forgets the service. An older one than known is not taken."""
        self._acked.pop(service_id, None)  # Whoever publishes it again wants to hear again.
        self._said.pop(service_id, None)
        self._refused.pop(service_id, None)
        if table is None:
            self._wanted.pop(service_id, None)
            self._forgotten.add(service_id)
        elif (why := refused_table(table)) is not None:
            self._refused[service_id] = self._answer(table, (), why)
        elif (known := self._wanted.get(service_id)) and known.generation > table.generation:
            log.warning("route_table_older", extra={"service_id": service_id})
        else:
            self._wanted[service_id] = table
            self._forgotten.discard(service_id)
        self._wake.set()

    def look_again(self) -> None:
        """Something happened to HAProxy."""
        self._wake.set()

    def say_again(self) -> None:
        """Acks may have been lost (the bus was away): all of them once more, but for those of
        services that are long gone."""
        self._acked = {
            service_id: ack
            for service_id, ack in self._acked.items()
            if ack.gone and self._said.get(service_id, 0) >= TOMBSTONES_SAID
        }
        self._wake.set()

    async def run(self) -> None:
        """Ends only by cancellation."""
        while True:
            self.is_due = self.is_due or self._wake.is_set()
            self._wake.clear()
            began, seconds = self._clock.monotonic(), AGAIN_SECONDS
            try:
                if self.is_due or await self._is_changed():
                    await self.pass_once()
                # While something drains, its end is news that somebody waits for.
                seconds = BUSY_SECONDS if draining(self.actual) else PASS_SECONDS
            except RuntimeUnreachable as error:
                self.is_applied, self.is_due = False, True
                log.warning("haproxy_unreachable", extra={"error": str(error)[:200]})
            except Exception:
                # A bug in one table's way must not end the care for all others.
                self.is_applied, self.is_due = False, True
                log.exception("reconcile_failed")
                seconds = PASS_SECONDS
            took = self._clock.monotonic() - began
            await asyncio.sleep(min(RESTS_PER_PASS * took, REST_MAX))
            await self._sleep(seconds)

    async def _is_changed(self) -> bool:
        """Whether HAProxy is another one than the last pass saw, or that was long ago."""
        if self._clock.monotonic() - self.passed_at >= FULL_SECONDS:
            return True
        return await read_life(self._runtime) != self._life

    async def pass_once(self) -> None:
        self._life = await read_life(self._runtime)
        slots = await read_slots(self._runtime)
        for _ in range(ROUNDS_MAX):
            self.actual = await read_actual(self._runtime)
            planned = plan(
                self._wanted, frozenset(self._forgotten), self.actual, self._bounds(slots)
            )
            if planned.actions:
                refused = await apply(self._runtime, planned.actions)
                log.log(
                    logging.INFO if planned.pending else logging.DEBUG,
                    "routes_applied",
                    extra={"actions": len(planned.actions), "refused": refused},
                )
            if not planned.pending:
                break
        self.is_applied = not planned.pending
        # What was done is looked at once more: a slot may have become free for somebody.
        self.is_due = bool(planned.actions) or not is_settled(self.actual)
        self.passed_at = self._clock.monotonic()
        self._say(planned)

    def _bounds(self, slots: tuple[str, ...]) -> Bounds:
        now = self._clock.monotonic()
        drains = draining(self.actual)
        self._draining_since = {key: self._draining_since.get(key, now) for key in drains}
        overdue = {
            key for key, since in self._draining_since.items() if now - since > self._drain_seconds
        }
        return Bounds(slots=slots, own_hosts=self._own_hosts, overdue=frozenset(overdue))

    def _say(self, planned: Plan) -> None:
        for answer in self._refused.values():
            self._say_one(answer)
        busy = busy_replicas(self.actual)
        for service_id, table in self._wanted.items():
            if service_id in planned.pending:
                continue  # Not as told yet; the next pass says it.
            problem = planned.problems.get(service_id)
            self._say_one(self._answer(table, busy.get(service_id, ()), problem))

    def _say_one(self, answer: RouteAck) -> None:
        if self._acked.get(answer.service_id) != answer:
            self._acked[answer.service_id] = answer
            self._said[answer.service_id] = self._said.get(answer.service_id, 0) + 1
            if answer.error is not None:
                log.warning(
                    "routes_refused", extra={"service_id": answer.service_id, "why": answer.error}
                )
            self._ack(answer)

    def _answer(self, table: RouteTable, busy: tuple[str, ...], error: str | None) -> RouteAck:
        return RouteAck(
            edge_id=self._edge_id,
            service_id=table.service_id,
            generation=table.generation,
            busy=busy,
            error=error,
            gone=table.state == "gone" and error is None,
        )

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return
