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
from services.scheduler.executions.declared import Declared, declared
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
    Stay,
    Stop,
    TellPlacement,
)
from services.scheduler.record import Recorder, project_of
from services.scheduler.remember import crashed, done
from services.scheduler.runtimes.interface import (
    ReplicaSpec,
    Runtime,
    StartFailed,
)
from services.scheduler.sources import Sources
from services.scheduler.speak import Speaker
from services.scheduler.tables import Tables
from shared.domain.replica.commands import (
    RecordReplicaDraining,
)
from shared.domain.service.commands import RecordRolloutSource
from shared.queries.services import EnvDocument, RevealEnv, ServiceDocument, WorkloadDocument
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
    recorder: Recorder
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
                await self.recorder.record_started(case, action.seen)
            case RecordStopped():
                return await self.recorder.record_stopped(case, action)
            case Discard():
                await self.recorder.discard(action.replica_id)
            case Resolve():
                self.sources.resolve(case.memory, _service(case), action.deployment)
            case Prepare():
                service = _service(case)
                self.sources.prepare(case.memory, service, action.deployment, action.commit)
            case RecordSource():
                await self.recorder.tell(
                    case,
                    RecordRolloutSource(
                        service_id=case.service_id,
                        project_id=project_of(case),
                        deployment_id=action.deployment_id,
                        commit=action.commit,
                    ),
                )
            case Leave():
                log.info(
                    "replica_leaving", extra={"replica_id": action.doc.id, "reason": action.reason}
                )
            case Stay():
                log.info("replica_stays", extra={"replica_id": action.replica_id})
            case RecordDraining():
                await self.recorder.tell(
                    case,
                    RecordReplicaDraining(
                        replica_id=action.replica_id,
                        project_id=project_of(case),
                        reason=action.reason,
                    ),
                )
            case Stop():
                self._stop_beside(case, action)
            case TellPlacement():
                await self.recorder.tell_placement(case, action)
            case Conclude():
                await self.recorder.conclude(case, action)
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
                environment={**await self._environment(workload), **dict(env.variables)},
                port=workload.port,
                cpu=workload.cpu,
                memory_mb=workload.memory_gb * 1024,
                gpus=workload.gpu_count if workload.gpu != "none" else 0,
                epoch=self.speaker.epoch,
                node=action.node,
            )
            started = await self.runtime.start(spec)
        now, chance = self.clock.monotonic(), random.random()  # noqa: S311 - jitter only
        done(case.memory, action, now=now)
        if isinstance(started, StartFailed):
            log.warning(
                "replica_not_started",
                extra={"deployment_id": action.deployment_id, "reason": started.reason},
            )
            self.recorder.say(case, action.deployment_id, f"could not be started: {started.reason}")
            crashed(case.memory, action.deployment_id, started.reason, now=now, chance=chance)
            return
        await self.recorder.record_started(case, started)
        case.memory.recorded.add(started.replica_id)

    async def _environment(self, workload: WorkloadDocument) -> dict[str, str]:
        """What the environment of the service sets; the service's own variables come after."""
        if workload.environment is None:
            return {}
        revision = await self.sources.revision(workload.environment)
        found = declared(revision.declared["dockerfile"])
        lines = found.variables if isinstance(found, Declared) else ()
        return {**dict(lines), **dict(revision.variables)}

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


def _service(case: Case) -> ServiceDocument:
    if case.wanted is None or case.wanted.service is None:
        raise AssertionError("an action on a service that is not there")
    return case.wanted.service
