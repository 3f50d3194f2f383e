"""The log, the views and the prober, played in one: what is told is true at once."""

import contextlib
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import nats.errors
import nats.js.errors

from shared.bus.broker import Bus
from shared.bus.subjects import (
    COMMAND_QUEUE,
    LOG_LINES,
    QUESTION_QUEUE,
    question_subject,
)
from shared.domain.rejections import Forbidden, NotFound
from shared.domain.replica.commands import (
    RecordReplicaDraining,
    RecordReplicaStarted,
    RecordReplicaStopped,
)
from shared.domain.scaling.commands import RecordScalingDecision, ScalingMemory
from shared.domain.scaling.policy import Policy, idle_seconds
from shared.domain.service.commands import ConcludeRollout, RecordRolloutSource, RequestRollout
from shared.envelope.event import EventEnvelope, to_cloud_event
from shared.envelope.messages import (
    Accepted,
    Answered,
    Rejected,
    decode_command,
    decode_question,
    encode_reply,
)
from shared.queries.hardware_tiers import HardwareTierPage, ListHardwareTiers
from shared.queries.nodes import ListNodes, NodeDocument, NodePage
from shared.queries.scaling import GetScaling, ScalingDocument
from shared.queries.services import (
    DeploymentDocument,
    DeploymentPage,
    EnvDocument,
    GetWanted,
    IdList,
    ListDeployments,
    ListWantedIds,
    ReplicaDocument,
    RevealEnv,
    WantedDocument,
)
from tests.scheduler.making import PROJECT, SERVICE, deployment, service, workload


@dataclass(slots=True)
class Log:
    """Command and query in one: what is told is true at once, and every replica gets ready."""

    bus: Bus
    replicas_wanted: int = 1
    replicas_min: int = 1
    epoch: int = 1
    policy: Policy = field(default_factory=Policy)
    scaling_memory: ScalingMemory = field(default_factory=ScalingMemory)
    gets_ready: bool = True
    is_removed: bool = False
    position: int = 0
    deployments: list[DeploymentDocument] = field(default_factory=list)
    serving: str | None = None
    nodes: list[NodeDocument] = field(default_factory=list)
    tiers: int = 3
    docs: dict[str, ReplicaDocument] = field(default_factory=dict)
    told: list[Any] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)

    def wire(self, query: Bus) -> None:
        self.bus.serve("commands.scheduler.*", COMMAND_QUEUE, self.hear_command)
        query.serve(question_subject("scheduler", "*"), QUESTION_QUEUE, self.answer)
        query.serve(LOG_LINES, QUESTION_QUEUE, self.take_lines)

    def named(self, kind: type) -> list[Any]:
        return [command for command in self.told if isinstance(command, kind)]

    async def deploy(self, id_: str, commit: str | None = None, trigger: str = "push") -> None:
        made = deployment(id_, "in_progress", commit=commit, trigger=trigger)
        self.deployments.append(made)
        await self.publish("service", SERVICE, "rollout_started")

    async def remove(self) -> None:
        self.is_removed = True
        await self.publish("service", SERVICE, "removed")

    async def hear_command(self, subject: str, body: bytes, headers: dict[str, str]) -> bytes:
        envelope = decode_command(body)
        if envelope.epoch != self.epoch:
            rejection = Forbidden(action="lead", resource="scheduler")
            return encode_reply(Rejected(rejection=rejection))
        self.told.append(envelope.command)
        await self._take(envelope.command)
        return encode_reply(Accepted(position=self.position))

    async def _take(self, command: Any) -> None:
        match command:
            case RecordReplicaStarted():
                self._start(command)
                await self.publish("replica", command.replica_id, "started")
            case RecordReplicaDraining():
                doc = self.docs[command.replica_id]
                self.docs[command.replica_id] = replace(doc, state="draining")
                await self.publish("replica", command.replica_id, "drained")
            case RecordReplicaStopped():
                self.docs.pop(command.replica_id, None)
                await self.publish("replica", command.replica_id, "stopped")
            case RecordRolloutSource():
                self._change_newest(commit=command.commit)
                await self.publish("service", SERVICE, "rollout_sourced")
            case ConcludeRollout():
                self._change_newest(status="succeeded" if command.succeeded else "failed")
                self.serving = command.deployment_id if command.succeeded else self.serving
                await self.publish("service", SERVICE, "rollout_concluded")
            case RecordScalingDecision():
                self.replicas_wanted, self.scaling_memory = command.desired, command.memory
                await self.publish("scaling", SERVICE, "decided")
            case RequestRollout():
                await self.deploy(command.deployment_id, command.commit)

    def _start(self, command: RecordReplicaStarted) -> None:
        now = datetime.now(UTC)
        known = self.docs.get(command.replica_id)
        self.docs[command.replica_id] = known or ReplicaDocument(
            id=command.replica_id,
            service_id=command.service_id,
            deployment_id=command.deployment_id,
            ordinal=command.ordinal,
            generation=command.generation,
            address=command.address,
            runtime=command.runtime,
            isolated=command.isolated,
            node=command.node,
            state="ready" if self.gets_ready else "starting",
            reason="",
            started_at=now,
            ready_at=now if self.gets_ready else None,
        )

    def _change_newest(self, **fields: Any) -> None:
        self.deployments[-1] = replace(self.deployments[-1], **fields)

    async def publish(self, stream_type: str, stream_id: str, event_type: str) -> None:
        self.position += 1
        event = EventEnvelope(
            position=self.position,
            at=datetime.now(UTC),
            account_id="d" * 24,
            stream=f"{stream_type}-{stream_id}",
            version=1,
            event_id=f"event-{self.position}",
            type=f"{stream_type}.{event_type}",
            schema_version=1,
            command_id="c",
            correlation_id="x",
            causation_id=None,
            actor="process:scheduler",
            credential_id=None,
            surface="control",
            reason=None,
            data=json.dumps({"service_id": SERVICE}),
        )
        subject = f"events.{event.account_id}.{stream_type}.{stream_id}.{event_type}"
        with contextlib.suppress(nats.errors.Error):  # The bus may be away; a full pass finds it.
            await self.bus.publish(subject, to_cloud_event(event))

    async def answer(self, subject: str, body: bytes, headers: dict[str, str]) -> bytes:
        self.asked.append(decode_question(body).question)
        match self.asked[-1]:
            case GetWanted(service_id=service_id) if service_id == SERVICE and self.deployments:
                document: Any = self._wanted()
            case ListHardwareTiers():
                document = HardwareTierPage(items=(), total=self.tiers)
            case ListNodes():
                document = NodePage(items=tuple(self.nodes), total=len(self.nodes))
            case ListWantedIds():
                document = IdList(ids=(SERVICE,) if self.deployments else ())
            case GetScaling():
                document = self._scaling()
            case ListDeployments():
                document = DeploymentPage(
                    items=tuple(self.deployments), total=len(self.deployments)
                )
            case RevealEnv():
                document = EnvDocument(variables=(("GREETING", "hello"),))
            case question:
                return encode_reply(Rejected(rejection=NotFound(kind="service", key=str(question))))
        return encode_reply(Answered(document=document, position=self.position))

    def _scaling(self) -> ScalingDocument:
        return ScalingDocument(
            service_id=SERVICE,
            project_id=PROJECT,
            policy=self.policy,
            idle_seconds=idle_seconds(self.policy, ()),
            replicas_wanted=self.replicas_wanted,
            replicas_ready=len(self.docs),
            replicas_min=1,
            replicas_max=4,
            memory=self.scaling_memory,
            decisions=(),
        )

    def _wanted(self) -> WantedDocument:
        found = [one for one in self.deployments if one.id == self.serving]
        of = service(
            self.deployments[-1],
            found[0] if found else None,
            replicas=self.replicas_wanted,
            workload=workload(replicas_min=self.replicas_min),
            replicas_ready=sum(doc.state == "ready" for doc in self.docs.values()),
        )
        return WantedDocument(
            service_id=SERVICE,
            service=None if self.is_removed else of,
            removed=self.is_removed,
            force=False,
            project_id=PROJECT,
            replicas=tuple(self.docs.values()),
        )

    async def take_lines(self, subject: str, body: bytes, headers: dict[str, str]) -> bytes:
        self.lines += json.loads(body)["lines"]
        return b'{"kept":true}'
