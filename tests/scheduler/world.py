"""A whole small world for one service, with a clock of its own: log, engine, edge and prober.

The engine and the edge keep what they have over a leader's death; the leader keeps nothing. Every
rule that must hold at every moment is checked after every step.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TypeVar

from services.scheduler.decide import decide
from services.scheduler.model import (
    Action,
    Conclude,
    Discard,
    Leave,
    Memory,
    Prepare,
    PublishTable,
    Ready,
    RecordDraining,
    RecordSource,
    RecordStarted,
    RecordStopped,
    Resolve,
    Resolved,
    Situation,
    Source,
    Start,
    Stop,
)
from services.scheduler.remember import done, notice
from services.scheduler.runtimes.interface import ExitCause, Labels, Observed
from shared.bus.routes import RouteTable
from shared.queries.services import (
    DeploymentDocument,
    ReplicaDocument,
    ServiceDocument,
    WantedDocument,
)
from tests.scheduler.making import LIMITS, PREPARED, PROJECT, SERVICE, START, deployment, service

Item = TypeVar("Item")


class LeaderDied(Exception):
    """Between any two effects."""


class WasFenced(Exception):
    """The log knows a newer leader."""


@dataclass(slots=True)
class Leader:
    epoch: int
    memory: Memory = field(default_factory=Memory)
    kept: Situation | None = None
    """What it saw before it was paused."""


@dataclass(slots=True)
class World:
    seed: int
    replicas: int = 1
    bad: frozenset[str] = frozenset()
    """Deployments whose replicas crash soon after their start."""
    die_rate: float = 0.0
    crash_rate: float = 0.0
    now: float = 0.0
    epoch: int = 0
    made: int = 0
    deployments: list[DeploymentDocument] = field(default_factory=list)
    serving: str | None = None
    is_removed: bool = False
    docs: dict[str, ReplicaDocument] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    engine: dict[str, Observed] = field(default_factory=dict)
    ready_at: dict[str, float] = field(default_factory=dict)
    crash_at: dict[str, float] = field(default_factory=dict)
    stop_at: dict[str, float] = field(default_factory=dict)
    table: RouteTable | None = None
    applied: RouteTable | None = None
    apply_at: float = 0.0
    verdicts: list[Conclude] = field(default_factory=list)
    work: list[tuple[Memory, str, Source]] = field(default_factory=list)
    chance: random.Random = field(init=False)
    peak: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    # What people do.

    def deploy(self, id_: str) -> None:
        assert not any(one.status == "in_progress" for one in self.deployments)
        self.deployments.append(deployment(id_, "in_progress", commit=None))

    @property
    def newest(self) -> DeploymentDocument:
        return self.deployments[-1]

    # What the leader sees.

    def leader(self) -> Leader:
        self.epoch += 1
        return Leader(epoch=self.epoch, memory=Memory(table=self.table))

    def service(self) -> ServiceDocument:
        found = [one for one in self.deployments if one.id == self.serving]
        return service(self.newest, found[0] if found else None, replicas=self.replicas)

    def wanted(self) -> WantedDocument:
        return WantedDocument(
            service_id=SERVICE,
            service=None if self.is_removed else self.service(),
            removed=self.is_removed,
            force=False,
            project_id=PROJECT,
            replicas=tuple(self._shuffled(list(self.docs.values()))),
        )

    def situation(self, leader: Leader) -> Situation:
        observed = tuple(self._shuffled(list(self.engine.values())))
        wanted = self.wanted()
        notice(leader.memory, wanted, observed, self.now)
        return Situation(
            wanted=wanted,
            observed=observed,
            memory=leader.memory,
            limits=LIMITS,
            suffix="localhost",
            now=self.now,
            moment=START + timedelta(seconds=self.now),
            acked=self.applied == self.table,
        )

    # What the leader does.

    def look(self, leader: Leader) -> bool:
        """One pass; whether there was anything to do. May raise LeaderDied at any point."""
        if leader.kept is None:
            self._insist(leader)
        plan = decide(leader.kept or self.situation(leader))
        leader.kept = None
        for action in plan.actions:
            self._may_die()
            self._carry_out(leader, action)
            self._may_die()
            done(leader.memory, action, now=self.now, chance=self.chance.random())
            self.check()
        return bool(plan.actions)

    def _insist(self, leader: Leader) -> None:
        """As the leader does where edges tell of a table that is newer than its own last."""
        own, theirs = leader.memory.table, self.applied
        if own is not None and theirs is not None and theirs.generation > own.generation:
            self._publish(leader, own)

    def _publish(self, leader: Leader, table: RouteTable) -> None:
        """The bucket asks nobody for an epoch."""
        generation = (self.table.generation if self.table else 0) + 1
        self.table = leader.memory.table = replace(table, generation=generation)
        self.apply_at = self.now + self.chance.uniform(0.0, 3.0)

    def _carry_out(self, leader: Leader, action: Action) -> None:
        match action:
            case PublishTable():
                self._publish(leader, action.table)
            case Resolve():
                self._later(leader.memory, action.deployment.id, Resolved(commit="e" * 40))
            case Prepare():
                ready = Ready(commit=action.commit, prepared=PREPARED)
                self._later(leader.memory, action.deployment.id, ready)
            case Start():
                self._start(leader, action)
            case Stop():
                self._check_stop(leader, action.replica_id)
                self.stop_at[action.replica_id] = self.now + self.chance.uniform(0, 3)
            case Discard():
                self.engine.pop(action.replica_id, None)
            case Leave():
                pass
            case _:
                self._record(leader, action)

    def _record(self, leader: Leader, action: Action) -> None:
        """The log: refuses old leaders, and says nothing twice."""
        if leader.epoch != self.epoch:
            raise WasFenced
        match action:
            case RecordStarted():
                self._record_started(action.seen)
            case RecordStopped():
                self.docs.pop(action.doc.id, None)
                self.ended.add(action.doc.id)
                self._may_die()
                self.engine.pop(action.doc.id, None)
            case RecordDraining():
                self._change(action.replica_id, state="draining")
            case RecordSource():
                self.deployments[-1] = replace(self.newest, commit=action.commit)
            case Conclude():
                if self.newest.status == "in_progress" and self.newest.id == action.deployment_id:
                    self._conclude(action)
            case _:
                raise AssertionError(action)

    def _conclude(self, action: Conclude) -> None:
        if action.succeeded:
            ready = [
                doc
                for doc in self.docs.values()
                if doc.deployment_id == action.deployment_id and doc.state == "ready"
            ]
            assert len(ready) >= self.replicas, "success before all were ready"
            self.serving = action.deployment_id
        status = "succeeded" if action.succeeded else "failed"
        self.deployments[-1] = replace(self.newest, status=status)  # type: ignore[arg-type]
        self.verdicts.append(action)

    def _start(self, leader: Leader, action: Start) -> None:
        self._check_start(leader, action)
        self.made += 1
        id_ = f"r{self.made:04d}"
        self.engine[id_] = Observed(
            replica_id=id_,
            labels=Labels(
                service_id=SERVICE,
                project_id=PROJECT,
                deployment_id=action.deployment_id,
                ordinal=action.ordinal,
                generation=action.generation,
                node=action.node,
            ),
            state="running",
            address=f"unix@/{id_}",
            pid=1,
            started_at=START + timedelta(seconds=self.now),
        )
        if action.deployment_id in self.bad:
            self.crash_at[id_] = self.now + self.chance.uniform(0.1, 2.0)
        else:
            self.ready_at[id_] = self.now + self.chance.uniform(0.1, 4.0)
        self._may_die()
        self._record(leader, RecordStarted(seen=self.engine[id_]))
        leader.memory.recorded.add(id_)

    def _record_started(self, one: Observed) -> None:
        if one.replica_id in self.ended or one.replica_id in self.docs:
            return
        self.docs[one.replica_id] = ReplicaDocument(
            id=one.replica_id,
            service_id=SERVICE,
            deployment_id=one.labels.deployment_id,
            ordinal=one.labels.ordinal,
            generation=one.labels.generation,
            address=one.address,
            runtime="process",
            isolated=True,
            node=one.labels.node,
            state="starting",
            reason="",
            started_at=START + timedelta(seconds=self.now),
            ready_at=None,
        )

    def _later(self, memory: Memory, deployment_id: str, source: Source) -> None:
        self.work.append((memory, deployment_id, source))

    # What happens by itself.

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        for memory, deployment_id, source in self.work:
            if deployment_id in memory.sources:
                memory.sources[deployment_id] = source
        self.work.clear()
        if self.now >= self.apply_at:
            self.applied = self.table
        for id_, one in list(self.engine.items()):
            if one.exit is not None:
                continue
            if self.now >= self.stop_at.get(id_, float("inf")):
                self._end(id_, asked=True)
            elif self.now >= self.crash_at.get(id_, float("inf")) or self._strikes():
                self._end(id_, asked=False)
        for id_, doc in list(self.docs.items()):
            is_up = self.engine.get(id_) is not None and self.engine[id_].exit is None
            if is_up and doc.state == "starting" and self.now >= self.ready_at.get(id_, 1e9):
                self._change(id_, state="ready", ready_at=START + timedelta(seconds=self.now))
        self.check()

    def check(self) -> None:
        """What must be true at every moment."""
        alive = [one for one in self.engine.values() if one.exit is None]
        self.peak = max(self.peak, len(alive))
        if self.table is not None:
            routed = {b.replica_id for b in self.table.backends if b.state == "ready"}
            unproved = {
                id_ for id_ in routed if id_ in self.docs and self.docs[id_].state == "starting"
            }
            assert not unproved, "a route to a replica that was never ready"

    def _check_start(self, leader: Leader, action: Start) -> None:
        if leader.epoch != self.epoch:
            return  # What a former leader starts nobody records: the present one ends or adopts it.
        assert not self.is_removed, "a start for a service that is removed"
        rolling = self.newest.id if self.newest.status == "in_progress" else None
        assert action.deployment_id in (rolling, self.serving), "a start of a concluded deployment"

    def _check_stop(self, leader: Leader, id_: str) -> None:
        if leader.epoch != self.epoch or leader.memory.table is None or self.is_removed:
            return
        routed = {b.replica_id for b in leader.memory.table.backends if b.state == "ready"}
        assert id_ not in routed, "an end before it was out of the routes"

    def _end(self, id_: str, *, asked: bool) -> None:
        cause = ExitCause(
            code=0 if asked else 1,
            signal=None,
            oom=False,
            asked=asked,
            detail="ended",
            at=START + timedelta(seconds=self.now),
        )
        self.engine[id_] = replace(self.engine[id_], state="exited", exit=cause)

    def _change(self, id_: str, **fields: object) -> None:
        if id_ in self.docs:
            self.docs[id_] = replace(self.docs[id_], **fields)  # type: ignore[arg-type]

    def _may_die(self) -> None:
        if self.die_rate and self.chance.random() < self.die_rate:
            raise LeaderDied

    def _strikes(self) -> bool:
        return bool(self.crash_rate) and self.chance.random() < self.crash_rate

    def _shuffled(self, items: list[Item]) -> list[Item]:
        self.chance.shuffle(items)
        return items
