"""Carries out one action: the engine, the log, the routes. What can wait is left to the background.

An action that breaks off leaves nothing that the next pass does not find: the engine labels what it
started, and everything told to the log may be told twice.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import assert_never

from services.scheduler.case import Case
from services.scheduler.model import (
    Action,
    Conclude,
    Discard,
    Leave,
    Prepare,
    PublishTable,
    RecordDraining,
    RecordSource,
    RecordStarted,
    RecordStopped,
    Resolve,
    Start,
    Stop,
)
from services.scheduler.remember import crashed, done
from services.scheduler.runtimes.interface import (
    Observed,
    ReplicaSpec,
    Runtime,
    StartFailed,
)
from services.scheduler.ship import Shipper
from services.scheduler.sources import Sources
from services.scheduler.speak import Absent, Refused, Speaker
from services.scheduler.tables import Tables
from shared.domain.replica.commands import (
    RecordReplicaDraining,
    RecordReplicaStarted,
    RecordReplicaStopped,
)
from shared.domain.service.commands import ConcludeRollout, RecordRolloutSource
from shared.queries.services import EnvDocument, RevealEnv, ServiceDocument
from shared.runtime.clock import Clock
from shared.runtime.ids import IdSource

log = logging.getLogger(__name__)

STARTS_MAX = 8
MESSAGE_MAX = 2000


@dataclass(slots=True, kw_only=True)
class Hands:
    speaker: Speaker
    runtime: Runtime
    tables: Tables
    sources: Sources
    shipper: Shipper
    clock: Clock
    ids: IdSource
    wake: Callable[[str], None]
    _starting: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(STARTS_MAX))
    _stops: set[asyncio.Task[None]] = field(default_factory=set)

    async def carry_out(self, case: Case, actions: tuple[Action, ...]) -> None:
        """In order; starts go side by side."""
        starts = [action for action in actions if isinstance(action, Start)]
        for action in actions:
            if not isinstance(action, Start):
                log_tail = await self._one(case, action)
                now, chance = self.clock.monotonic(), random.random()  # noqa: S311 - jitter only
                done(case.memory, action, now=now, chance=chance, log_tail=log_tail)
        results = await asyncio.gather(
            *(self._start(case, action) for action in starts), return_exceptions=True
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def close(self) -> None:
        """Stops in progress go on in the engine; only our waiting for them ends."""
        for task in list(self._stops):
            task.cancel()
        await asyncio.gather(*self._stops, return_exceptions=True)
        await self.sources.close()

    async def _one(self, case: Case, action: Action) -> tuple[str, ...]:
        """The last lines of a replica, where the action ended one that crashed."""
        match action:
            case PublishTable():
                case.memory.table = await self.tables.publish(action.table)
            case RecordStarted():
                await self._record_started(case, action.seen)
            case RecordStopped():
                return await self._record_stopped(case, action)
            case Discard():
                await self._discard(action.replica_id)
            case Resolve():
                self.sources.resolve(case.memory, _service(case), action.deployment)
            case Prepare():
                service = _service(case)
                self.sources.prepare(case.memory, service, action.deployment, action.commit)
            case RecordSource():
                await self._tell(
                    case,
                    RecordRolloutSource(
                        service_id=case.service_id,
                        project_id=_project(case),
                        deployment_id=action.deployment_id,
                        commit=action.commit,
                    ),
                )
            case Leave():
                log.info(
                    "replica_leaving", extra={"replica_id": action.doc.id, "reason": action.reason}
                )
            case RecordDraining():
                await self._tell(
                    case,
                    RecordReplicaDraining(
                        replica_id=action.replica_id,
                        project_id=_project(case),
                        reason=action.reason,
                    ),
                )
            case Stop():
                self._stop_beside(case, action)
            case Conclude():
                await self._conclude(case, action)
            case Start():
                raise AssertionError("starts go side by side")
            case _:
                assert_never(action)
        return ()

    async def _start(self, case: Case, action: Start) -> None:
        service = _service(case)
        workload = service.workload
        if workload is None:
            raise AssertionError("a start of a service that runs nothing")
        async with self._starting:
            env = await self.speaker.ask(
                RevealEnv(service_id=case.service_id), EnvDocument, after=case.position
            )
            spec = ReplicaSpec(
                replica_id=self.ids.new(),
                service_id=case.service_id,
                project_id=service.project_id,
                deployment_id=action.deployment_id,
                ordinal=action.ordinal,
                generation=action.generation,
                prepared=action.prepared,
                environment=dict(env.variables),
                port=workload.port,
                cpu=workload.cpu,
                memory_mb=workload.memory_gb * 1024,
            )
            started = await self.runtime.start(spec)
        now, chance = self.clock.monotonic(), random.random()  # noqa: S311 - jitter only
        done(case.memory, action, now=now)
        if isinstance(started, StartFailed):
            log.warning(
                "replica_not_started",
                extra={"deployment_id": action.deployment_id, "reason": started.reason},
            )
            self._say(case, action.deployment_id, f"could not be started: {started.reason}")
            crashed(case.memory, action.deployment_id, started.reason, now=now, chance=chance)
            return
        await self._record_started(case, started)
        case.memory.recorded.add(started.replica_id)

    async def _record_started(self, case: Case, seen: Observed) -> None:
        labels = seen.labels
        try:
            await self._tell(
                case,
                RecordReplicaStarted(
                    replica_id=seen.replica_id,
                    service_id=labels.service_id,
                    project_id=labels.project_id,
                    deployment_id=labels.deployment_id,
                    ordinal=labels.ordinal,
                    generation=labels.generation,
                    runtime=self.runtime.name,
                    isolated=self.runtime.capabilities.isolated,
                    address=seen.address,
                ),
            )
        except Absent:
            # Its project is gone from the log: nobody can want it, and nobody can record it.
            log.warning("replica_without_owner", extra={"replica_id": seen.replica_id})
            await self._discard(seen.replica_id)
            return
        # The engine may have had it before this leader: both read well.
        self._say(
            case, seen.replica_id, f"replica {labels.ordinal} runs (start {labels.generation})"
        )

    async def _record_stopped(self, case: Case, action: RecordStopped) -> tuple[str, ...]:
        doc, seen = action.doc, action.seen
        cause = seen.exit if seen is not None else None
        log_tail: tuple[str, ...] = ()
        if seen is not None:
            await self.shipper.flush(seen)
            if action.is_crash:
                log_tail = await self.shipper.tail(doc.id)
        message = cause.detail if cause is not None else "the engine does not know it any more"
        how = "stopped" if action.asked else "ended by itself"
        self._say(case, doc.id, f"replica {doc.ordinal} {how}: {message}")
        await self._tell(
            case,
            RecordReplicaStopped(
                replica_id=doc.id,
                project_id=_project(case),
                asked=action.asked,
                code=cause.code if cause is not None else None,
                signal=cause.signal if cause is not None else None,
                out_of_memory=cause.oom if cause is not None else False,
                message=message[:MESSAGE_MAX],
                log_tail=log_tail,
            ),
        )
        await self.runtime.forget(doc.id)
        self.shipper.forget(doc.id)
        return log_tail

    async def _discard(self, replica_id: str) -> None:
        await self.runtime.stop(replica_id, grace_seconds=0.0, force=True)
        await self.runtime.forget(replica_id)
        self.shipper.forget(replica_id)

    async def _conclude(self, case: Case, action: Conclude) -> None:
        log_tail = action.log_tail
        if action.tail_of is not None:
            log_tail = await self.shipper.tail(action.tail_of)
        await self._tell(
            case,
            ConcludeRollout(
                service_id=case.service_id,
                project_id=_project(case),
                deployment_id=action.deployment_id,
                succeeded=action.succeeded,
                reason=action.reason,
                message=action.message[:MESSAGE_MAX],
                last_probe=action.last_probe,
                exit_cause=action.exit_cause,
                log_tail=log_tail,
            ),
        )
        verdict = "succeeded" if action.succeeded else f"failed: {action.message}"
        self._say(case, action.deployment_id, f"rollout {verdict}")
        log.info(
            "rollout_concluded",
            extra={
                "service_id": case.service_id,
                "deployment_id": action.deployment_id,
                "succeeded": action.succeeded,
                "reason": action.reason,
            },
        )

    def _stop_beside(self, case: Case, action: Stop) -> None:
        task = asyncio.create_task(self._stop(case, action))
        self._stops.add(task)
        task.add_done_callback(self._stops.discard)

    async def _stop(self, case: Case, action: Stop) -> None:
        try:
            await self.runtime.stop(
                action.replica_id, grace_seconds=action.grace_seconds, force=action.force
            )
        except OSError as error:
            log.warning(
                "replica_not_stopped",
                extra={"replica_id": action.replica_id, "error": str(error)[:200]},
            )
        # Whether it is over the engine's next listing says; if not, it is stopped again.
        case.memory.stopping.discard(action.replica_id)
        self.wake(case.service_id)

    async def _tell(self, case: Case, command: object) -> None:
        try:
            position = await self.speaker.tell(
                command, causation_id=case.causation_id, correlation_id=case.correlation_id
            )
        except Refused as refused:
            log.warning(
                "command_refused",
                extra={"service_id": case.service_id, "why": str(refused)},
            )
            raise
        case.passed(position)

    def _say(self, case: Case, about_id: str, message: str) -> None:
        if case.wanted is not None:
            self.shipper.say(case.service_id, case.wanted.project_id, about_id, message)


def _service(case: Case) -> ServiceDocument:
    if case.wanted is None or case.wanted.service is None:
        raise AssertionError("an action on a service that is not there")
    return case.wanted.service


def _project(case: Case) -> str:
    if case.wanted is None:
        raise AssertionError("an action before the first look")
    return case.wanted.project_id
