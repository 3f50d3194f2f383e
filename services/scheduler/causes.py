"""Which event each command of ours follows from, for the chain of whys.

Heard on the bus and kept in memory: a new leader knows none, and who asks why then finds the cause
by what the events mean. A replica runs because of its deployment's rollout; one that starts again,
because the one before it ended by itself."""

from dataclasses import dataclass, field
from typing import Any

from shared.domain.replica.commands import (
    RecordReplicaDraining,
    RecordReplicaStarted,
    RecordReplicaStopped,
)
from shared.domain.service.commands import ConcludeRollout, RecordRolloutSource
from shared.envelope.event import EventEnvelope

ROLLOUTS_MAX = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    command_id: str
    correlation_id: str


@dataclass(slots=True)
class Causes:
    """Of one service. `places` are (deployment, ordinal) of replicas, `ends` unasked ends there."""

    rollouts: dict[str, Cause] = field(default_factory=dict)
    replicas: dict[str, Cause] = field(default_factory=dict)
    places: dict[str, tuple[str, int]] = field(default_factory=dict)
    ends: dict[tuple[str, int], Cause] = field(default_factory=dict)
    removed: Cause | None = None
    scaled: Cause | None = None

    def hear(self, event: EventEnvelope, data: dict[str, Any]) -> None:
        cause = Cause(command_id=event.command_id, correlation_id=event.correlation_id)
        match event.type:
            case "service.rollout_started":
                self.rollouts[data["deployment_id"]] = cause
                self.scaled = None
                self._forget_old()
            case "scaling.decided":
                self.scaled = cause
            case "service.removed":
                self.removed = cause
            case "replica.stopped":
                self.replicas.pop(data["replica_id"], None)
                place = self.places.pop(data["replica_id"], None)
                if place is not None and not data["asked"]:
                    self.ends[place] = cause
            case "replica.started":
                self.replicas[data["replica_id"]] = cause
                self.places[data["replica_id"]] = (data["deployment_id"], data["ordinal"])
            case _ if "replica_id" in data:
                self.replicas[data["replica_id"]] = cause

    def of(self, command: object) -> Cause | None:
        match command:
            case RecordReplicaStarted():
                place = (command.deployment_id, command.ordinal)
                rollout = self.rollouts.get(command.deployment_id)
                return self.ends.get(place) or self.scaled or rollout
            case RecordRolloutSource() | ConcludeRollout():
                return self.rollouts.get(command.deployment_id)
            case RecordReplicaDraining(reason="removed"):
                return self.removed
            case RecordReplicaDraining(reason="scale_down"):
                return self.scaled
            case RecordReplicaDraining(reason="rollout"):
                return next(reversed(self.rollouts.values()), None)
            case RecordReplicaDraining() | RecordReplicaStopped():
                return self.replicas.get(command.replica_id)
            case _:
                return None

    def _forget_old(self) -> None:
        while len(self.rollouts) > ROLLOUTS_MAX:
            oldest = next(iter(self.rollouts))
            del self.rollouts[oldest]
            self.ends = {place: end for place, end in self.ends.items() if place[0] != oldest}
