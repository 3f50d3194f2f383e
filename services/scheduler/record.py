"""What happened to replicas and rollouts, told to the log, and to people as lines.

The last lines of a replica are taken before its end is recorded: after that the engine forgets it.
"""

import logging
from dataclasses import dataclass

from services.scheduler.case import Case
from services.scheduler.model import Conclude, RecordStopped, TellPlacement
from services.scheduler.runtimes.interface import Observed, Runtime
from services.scheduler.ship import Shipper
from services.scheduler.speak import Absent, Refused, Speaker
from shared.domain.replica.commands import RecordReplicaStarted, RecordReplicaStopped
from shared.domain.scaling.commands import RecordPlacement
from shared.domain.service.commands import ConcludeRollout

log = logging.getLogger(__name__)

MESSAGE_MAX = 2000


@dataclass(slots=True, kw_only=True)
class Recorder:
    speaker: Speaker
    runtime: Runtime
    shipper: Shipper

    async def tell(self, case: Case, command: object) -> None:
        cause = case.causes.of(command)
        try:
            position = await self.speaker.tell(
                command,
                causation_id=cause.command_id if cause is not None else None,
                correlation_id=cause.correlation_id if cause is not None else None,
            )
        except Refused as refused:
            log.warning(
                "command_refused",
                extra={"service_id": case.service_id, "why": str(refused)},
            )
            raise
        case.passed(position)

    def say(self, case: Case, about_id: str, message: str) -> None:
        if case.wanted is not None:
            self.shipper.say(case.service_id, case.wanted.project_id, about_id, message)

    async def record_started(self, case: Case, seen: Observed) -> None:
        labels = seen.labels
        try:
            await self.tell(
                case,
                RecordReplicaStarted(
                    replica_id=seen.replica_id,
                    service_id=labels.service_id,
                    project_id=labels.project_id,
                    deployment_id=labels.deployment_id,
                    ordinal=labels.ordinal,
                    generation=labels.generation,
                    runtime=seen.runtime,
                    isolated=seen.isolated,
                    address=seen.address,
                    node=labels.node,
                ),
            )
        except Absent:
            # Its project is gone from the log: nobody can want it, and nobody can record it.
            log.warning("replica_without_owner", extra={"replica_id": seen.replica_id})
            await self.discard(seen.replica_id)
            return
        # The engine may have had it before this leader: both read well.
        self.say(
            case, seen.replica_id, f"replica {labels.ordinal} runs (start {labels.generation})"
        )

    async def record_stopped(self, case: Case, action: RecordStopped) -> tuple[str, ...]:
        doc, seen = action.doc, action.seen
        cause = seen.exit if seen is not None else None
        log_tail: tuple[str, ...] = ()
        if seen is not None:
            await self.shipper.flush(seen)
            if action.is_crash:
                log_tail = await self.shipper.tail(doc.id)
        message = cause.detail if cause is not None else "the engine does not know it any more"
        how = "stopped" if action.asked else "ended by itself"
        self.say(case, doc.id, f"replica {doc.ordinal} {how}: {message}")
        await self.tell(
            case,
            RecordReplicaStopped(
                replica_id=doc.id,
                project_id=project_of(case),
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

    async def tell_placement(self, case: Case, action: TellPlacement) -> None:
        await self.tell(
            case,
            RecordPlacement(
                service_id=case.service_id,
                project_id=project_of(case),
                missing=action.missing,
                why=action.why,
            ),
        )
        text = f"{action.missing} replicas find no place: {action.why}"
        self.say(case, case.service_id, text if action.why else "all replicas found a place")

    async def conclude(self, case: Case, action: Conclude) -> None:
        log_tail = action.log_tail
        if action.tail_of is not None:
            log_tail = await self.shipper.tail(action.tail_of)
        await self.tell(
            case,
            ConcludeRollout(
                service_id=case.service_id,
                project_id=project_of(case),
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
        self.say(case, action.deployment_id, f"rollout {verdict}")
        log.info(
            "rollout_concluded",
            extra={
                "service_id": case.service_id,
                "deployment_id": action.deployment_id,
                "succeeded": action.succeeded,
                "reason": action.reason,
            },
        )

    async def discard(self, replica_id: str) -> None:
        await self.runtime.stop(replica_id, grace_seconds=0.0, force=True)
        await self.runtime.forget(replica_id)
        self.shipper.forget(replica_id)


def project_of(case: Case) -> str:
    if case.wanted is None:
        raise AssertionError("an action before the first look")
    return case.wanted.project_id
