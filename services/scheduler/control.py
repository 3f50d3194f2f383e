"""One term of a leader: looks at services whose turn it is, and at all of them twice a minute.

Everything here ends with the term. Nothing is stopped by an end: replicas run on, and the next
leader finds them in the engine.
"""

import asyncio
import logging
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from services.scheduler.acks import Acks
from services.scheduler.act import Hands
from services.scheduler.autoscale.loop import Autoscaler
from services.scheduler.case import Case
from services.scheduler.decide import decide
from services.scheduler.executions.loop import Executions
from services.scheduler.full_pass import FullPasses
from services.scheduler.model import Limits, Situation, Start
from services.scheduler.nodes.book import NodeBook
from services.scheduler.nodes.filters import fit
from services.scheduler.nodes.keep import NodeKeeper
from services.scheduler.nodes.node import Node
from services.scheduler.nodes.place import most_demanding_first
from services.scheduler.placement import Fit, Need
from services.scheduler.places import beside
from services.scheduler.queue import WorkQueue
from services.scheduler.remember import notice
from services.scheduler.routing import may_hold
from services.scheduler.samples import tell_samples
from services.scheduler.shares import bounded
from services.scheduler.sightings import Sightings
from services.scheduler.speak import AWAY, Absent, Fenced, Refused, Speaker
from services.scheduler.watch import Watch
from shared.bus.broker import Bus
from shared.bus.routes import Hold, RouteAck
from shared.envelope.event import EventEnvelope
from shared.eventstore.leader import Term
from shared.kernel import json
from shared.queries.services import GetWanted, ServiceDocument, WantedDocument
from shared.runtime.clock import Clock
from shared.runtime.ending import end

log = logging.getLogger(__name__)

WORKERS = 16
REMOVED = "service.removed"
QUOTA_SET = "quota.was_set"
PROJECT_REVISED = "project.revised"
# What the autoscaler goes by: its policy, and the labels of the service.
SETTINGS = ("scaling.policy_revised", "service.revised")


@dataclass(slots=True, kw_only=True)
class Control:
    term: Term
    bus: Bus
    clock: Clock
    speaker: Speaker
    hands: Hands
    sightings: Sightings
    limits: Limits
    machine: Node
    book: NodeBook = field(init=False)
    nodes: NodeKeeper = field(init=False)
    suffix: str
    watch: Watch | None = None
    executions: Executions | None = None
    acks: Acks = field(init=False)
    queue: WorkQueue = field(init=False)
    autoscaler: Autoscaler = field(init=False)
    passes: FullPasses = field(init=False)
    cases: dict[str, Case] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.acks = Acks(self.clock)
        self.book = NodeBook(nodes=(), running=self.sightings.listed, need_of=self.need_of)
        self.nodes = NodeKeeper(
            speaker=self.speaker,
            machine=self.machine,
            changed=self._nodes_changed,
            fenced=self.term.lost.set,
        )
        self.queue = WorkQueue(self._look, self._failed)
        self.autoscaler = Autoscaler(
            speaker=self.speaker,
            clock=self.clock,
            cases=self.cases,
            observed=self.sightings.listed,
            fit=self._fit,
            tell=self.hands.recorder.tell,
            wake=self.queue.wake,
            failed=self._failed,
        )
        self.passes = FullPasses(
            bus=self.bus,
            speaker=self.speaker,
            hands=self.hands,
            sightings=self.sightings,
            cases=self.cases,
            look_at=self._look_anew,
        )

    def case(self, service_id: str) -> Case:
        return self.cases.setdefault(service_id, Case(service_id=service_id))

    def hear_event(self, event: EventEnvelope) -> None:
        """It only says: look again, and at no older picture."""
        data = json.loads(event.data)
        if event.type == QUOTA_SET:
            self._project_changed(data.get("project_id"))
        if event.type == PROJECT_REVISED:
            self._project_changed(event.stream_id)
        service_id = data.get("service_id")
        if not isinstance(service_id, str):
            return
        case = self.case(service_id)
        # Most of what is heard was done by us, and the picture after that shows it already.
        if event.position > case.taken_at:
            case.passed(event.position)
            self.queue.wake(service_id)
        if event.type in SETTINGS:
            case.scaling = None
        if event.type == REMOVED:
            self._soon(self._say_gone(case))
        case.causes.hear(event, data)

    def _project_changed(self, project_id: object) -> None:
        for case in list(self.cases.values()):
            if case.wanted is not None and case.wanted.project_id == project_id:
                self._look_anew(case.service_id)

    def _nodes_changed(self, nodes: tuple[Node, ...]) -> None:
        self.book.nodes = nodes
        for service_id in most_demanding_first({k: v.need for k, v in self.cases.items()}):
            self._look_anew(service_id)

    def hear_ack(self, ack: RouteAck) -> None:
        is_news = self.acks.hear(ack)
        case = self.cases.get(ack.service_id)
        if case is None:
            return
        if is_news and ack.error is not None and case.wanted is not None:
            log.warning("edge_refused", extra={"service_id": ack.service_id, "why": ack.error})
            text = f"the edge cannot route it fully: {ack.error}"
            self.hands.recorder.say(case, ack.service_id, text)
        if case.memory.leaving or self.hands.tables.is_overruled(ack.service_id, ack.generation):
            self.queue.wake(ack.service_id)

    def rollout_asked(self, service_id: str, position: int) -> None:
        self.case(service_id).passed(position)
        self.queue.wake(service_id)

    async def _say_gone(self, case: Case) -> None:
        """Ahead of the look: the endpoint answers 503 as soon as can be, and a removal is final."""
        if (table := case.memory.table) is not None:
            case.memory.table = await self.hands.tables.withdraw(table)

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def live_services(self) -> Iterable[ServiceDocument]:
        return [
            case.wanted.service
            for case in self.cases.values()
            if case.wanted is not None and case.wanted.service is not None
        ]

    def need_of(self, service_id: str) -> Need:
        case = self.cases.get(service_id)
        return case.need if case is not None else Need()

    async def run(self) -> None:
        """Until cancelled."""
        await self._load_tables()
        await self.nodes.load()
        listed = self.sightings.listed
        loops: list[Coroutine[Any, Any, None]] = [
            *(self.queue.run() for _ in range(WORKERS)),
            self.passes.run(),
            self.sightings.watch(self.queue.wake),
            self.hands.recorder.shipper.run(listed),
            tell_samples(self.bus, self.clock, listed, self.need_of, self.autoscaler.use.gpu_share),
            self.autoscaler.run(),
            self.nodes.run(),
        ]
        if self.watch is not None:
            loops.append(self.watch.run())
        if self.executions is not None:
            loops.append(self.executions.run())
        tasks = [asyncio.create_task(loop) for loop in loops]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()  # Each runs for ever: one that has ended has met a bug.
        finally:
            await end([*tasks, *self._tasks])
            self.queue.close()
            await self.hands.close()

    async def _load_tables(self) -> None:
        for service_id, table in (await self.hands.tables.insist()).items():
            self.case(service_id).memory.table = table
            if table.state == "live":
                self.queue.add(service_id)

    def _look_anew(self, service_id: str) -> None:
        """Whatever was heard: an event may have been lost."""
        self.case(service_id).must_ask = True
        self.queue.add(service_id)

    async def _look(self, service_id: str) -> float | None:
        case = self.case(service_id)
        wanted = await self._picture(case)
        if wanted is None:
            return None
        hold = await self.autoscaler.hold(case) if may_hold(wanted, self.limits) else Hold(limit=0)
        observed = await self.sightings.of_service(service_id)
        if not case.is_current:
            return 0.0  # Something happened while we looked: this picture is old.
        await self._insist(case)
        now = self.clock.monotonic()
        notice(case.memory, wanted, observed, now)
        self.book.arrived(service_id)
        nodes = self.book.now()
        fits = self._fit(case, beside(wanted, observed, nodes))
        can = self.hands.runtime.capabilities  # A container engine may come later than we did.
        situation = Situation(
            wanted=wanted,
            observed=observed,
            memory=case.memory,
            limits=replace(self.limits, images=can.images, runtimes=can.runtimes),
            suffix=self.suffix,
            now=now,
            moment=self.clock.now(),
            acked=self.acks.is_done(service_id, case.memory.table),
            busy=self.acks.busy(service_id),
            placeable=fits.count,
            why_full=fits.why,
            nodes=nodes,
            hold=hold,
            in_flight=self.autoscaler.meter.in_flight(service_id, self.clock.now().timestamp()),
        )
        plan = decide(situation)
        if not plan.actions:
            if not observed:
                self._let_go(case)
            return plan.again_in
        starts = [one.node for one in plan.actions if isinstance(one, Start)]
        self.book.expect(service_id, case.need, starts)
        await self.hands.carry_out(case, plan.actions)
        return 0.0

    async def _picture(self, case: Case) -> WantedDocument | None:
        """What is wanted: as it was told last, where nothing was done or heard of since."""
        if case.is_current and not case.must_ask:
            return case.wanted
        question = GetWanted(service_id=case.service_id)
        try:
            wanted, shown = await self.speaker.ask_at(question, WantedDocument, after=case.position)
        except Absent:
            # The view may have begun anew: what it does not know yet is no reason to end anything.
            log.warning("service_unknown", extra={"service_id": case.service_id})
            return None
        case.take(wanted, shown)
        return wanted

    async def _insist(self, case: Case) -> None:
        table, acked = case.memory.table, self.acks.newest(case.service_id)
        if table is not None and self.hands.tables.is_overruled(case.service_id, acked):
            case.memory.table = await self.hands.tables.overrule(table, acked)

    def _fit(self, case: Case, free: int = 0) -> Fit:
        """`free`: how many may stand beside what the quota allows, during a rollout."""
        fits = fit(case.need, self.book.now())
        return bounded(fits, case, self.cases, self.sightings.latest, free)

    def _let_go(self, case: Case) -> None:
        """Nothing of it is wanted, and nothing runs."""
        if case.wanted is None or not case.wanted.removed or case.wanted.replicas:
            return
        if case.memory.table is None:
            self.cases.pop(case.service_id, None)
        self.acks.forget(case.service_id)
        self.book.arrived(case.service_id)

    def _failed(self, service_id: str, error: Exception) -> None:
        self.case(service_id).must_ask = True
        if isinstance(error, Fenced):
            log.error("fenced", extra={"epoch": self.term.epoch})
            self.term.lost.set()
        elif isinstance(error, (Refused, *AWAY)):
            log.warning("look_failed", extra={"service_id": service_id, "error": repr(error)[:200]})
        else:
            log.error("look_broken", extra={"service_id": service_id}, exc_info=error)
