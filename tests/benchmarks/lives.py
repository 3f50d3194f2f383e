"""Plausible lives of services, as their events: from a registration to a removal, in every dialect.

A life is a generator of events in order; many are told at once, as they would be. The same seed
tells the same lives."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shared.domain.replica.events import (
    ReplicaBecameReady,
    ReplicaBecameUnready,
    ReplicaDrained,
    ReplicaStarted,
    ReplicaStopped,
)
from shared.domain.scaling.commands import ScalingInputs, ScalingMemory
from shared.domain.scaling.events import ScalingDecided
from shared.domain.service.events import (
    ConversationRevised,
    ParticipationRevised,
    RegistrationRevised,
    RolloutFailed,
    RolloutStarted,
    RolloutSucceeded,
    ServiceRegistered,
    ServiceRemoved,
    ServiceRevised,
    WorkloadRevised,
)
from shared.domain.service.facets.conversation import Conversation
from shared.domain.service.facets.participation import Participation, Topic
from shared.domain.service.facets.registration import Registration
from shared.domain.service.workload import Workload
from shared.kernel.ids import compose

WORDS = ("billing", "search", "cart", "model", "mail", "ranker", "chat", "feed", "audit", "login")
TEAMS = ("core", "growth", "data", "platform", "payments")
STATES = ("pending_startup", "active", "inactive", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An event, and whether one of our own processes or a person did it."""

    event: Any
    by_process: bool = False


class Ids:
    """Ids as the real ones are, without a clock."""

    def __init__(self, first: int = 1) -> None:
        self._count = first

    def new(self) -> str:
        self._count += 1
        return compose(seconds=1_600_000_000 + self._count // 50, chance=self._count)


def life(number: int, project_id: str, ids: Ids, chance: random.Random) -> Iterator[Told]:
    """Some ten events long."""
    service_id = ids.new()
    name = f"{chance.choice(WORDS)}-{number}"
    kind = chance.random()
    born = {
        "service_id": service_id,
        "project_id": project_id,
        "name": name,
        "slug": name,
        "description": f"{name} of the {chance.choice(TEAMS)} team",
        "labels": (("team", chance.choice(TEAMS)),),
    }
    if kind < 0.6:
        yield from _workload(born, ids, chance)
    elif kind < 0.85:
        yield from _registration(born, chance)
    elif kind < 0.93:
        yield from _conversation(born, chance)
    else:
        yield from _participation(born, chance)


def _workload(born: dict[str, Any], ids: Ids, chance: random.Random) -> Iterator[Told]:
    service_id, project_id = born["service_id"], born["project_id"]
    workload = Workload(repo=f"acme/{born['name']}", branch="main", replicas_max=3)
    yield Told(event=ServiceRegistered(**born, workload=workload))
    revision = 1
    replicas: list[str] = []
    for turn in range(chance.choice((1, 1, 1, 2))):
        if turn:
            revision += 1
            workload = Workload(
                repo=workload.repo, branch="main", replicas_max=3 + turn, port=8000 + turn
            )
            yield Told(
                event=WorkloadRevised(
                    service_id=service_id, revision=revision, workload=workload, changed=("port",)
                )
            )
        deployment_id = ids.new()
        yield Told(
            event=RolloutStarted(
                service_id=service_id,
                deployment_id=deployment_id,
                revision=revision,
                trigger="revised" if turn else "created",
                commit="0123456789abcdef0123456789abcdef01234567",
            )
        )
        replica_id = ids.new()
        yield _started(born, deployment_id, replica_id, 0)
        if chance.random() < 0.08:
            yield Told(
                event=RolloutFailed(
                    service_id=service_id,
                    deployment_id=deployment_id,
                    reason="never_ready",
                    message="It did not answer its health check in time.",
                    last_probe="connection refused",
                    exit_cause="exited with code 1",
                    log_tail=("Traceback", "ValueError: no model"),
                ),
                by_process=True,
            )
            yield _stopped(service_id, replica_id)
            continue
        yield _ready(service_id, replica_id, chance)
        yield Told(
            event=RolloutSucceeded(service_id=service_id, deployment_id=deployment_id),
            by_process=True,
        )
        if replicas:
            old = replicas.pop()
            yield _drained(service_id, old)
            yield _stopped(service_id, old)
        replicas.append(replica_id)
    if replicas and chance.random() < 0.5:
        replica_id = ids.new()
        yield _decided(service_id, project_id, desired=2, previous=1)
        yield _started(born, deployment_id, replica_id, 1)
        yield _ready(service_id, replica_id, chance)
        yield _decided(service_id, project_id, desired=1, previous=2)
        yield _drained(service_id, replica_id)
        yield _stopped(service_id, replica_id)
    elif replicas and chance.random() < 0.5:
        lost = ReplicaBecameUnready(
            replica_id=replicas[0], service_id=service_id, reason="answered 503"
        )
        yield Told(event=lost, by_process=True)
        yield _ready(service_id, replicas[0], chance)
    if chance.random() < 0.4:
        yield _renamed(born)
    if chance.random() < 0.15:
        yield Told(event=ServiceRemoved(service_id=service_id, force=False))
        for replica_id in replicas:
            yield _drained(service_id, replica_id)
            yield _stopped(service_id, replica_id)


def _registration(born: dict[str, Any], chance: random.Random) -> Iterator[Told]:
    def facet(state: str | None, port: int) -> Registration:
        return Registration(
            service_type={"type": "model-serving", "flavor": chance.choice(("mlflow", "seldon"))},
            service_source="zenml.services.Local",
            admin_state="active",
            config={"model_name": born["name"], "port": port, "workers": 2},
            config_digest=f"{port:064x}",
            status=None if state is None else {"state": state, "last_error": ""},
            endpoint={"config": {"port": port}},
            prediction_url=f"http://127.0.0.1:{port}/invocations",
            pipeline_name=f"train-{port % 50}",
            pipeline_step_name="deploy",
        )

    yield Told(event=ServiceRegistered(**born, workload=None, registration=facet(None, 9000)))
    for turn in range(chance.randint(3, 14)):
        yield Told(
            event=RegistrationRevised(
                service_id=born["service_id"],
                registration=facet(chance.choice(STATES), 9000 + turn),
                changed=("status", "endpoint"),
            )
        )
    if chance.random() < 0.3:
        yield Told(event=ServiceRemoved(service_id=born["service_id"], force=True))


def _conversation(born: dict[str, Any], chance: random.Random) -> Iterator[Told]:
    def facet(turn: int) -> Conversation:
        return Conversation(
            agent_id="a1" * 12,
            state_machine_id="b2" * 12,
            is_active=turn % 3 != 2,
            tags=(("team", chance.choice(TEAMS)), ("turn", str(turn % 4))),
            keyterms=("deep learning",),
        )

    yield Told(event=ServiceRegistered(**born, workload=None, conversation=facet(0)))
    for turn in range(1, chance.randint(4, 14)):
        yield Told(
            event=ConversationRevised(
                service_id=born["service_id"], conversation=facet(turn), changed=("tags",)
            )
        )


def _participation(born: dict[str, Any], chance: random.Random) -> Iterator[Told]:
    def facet(turn: int) -> Participation:
        return Participation(
            category="api",
            owner=chance.choice(TEAMS),
            flows=("checkout",),
            consumes=(Topic(name=f"orders.v{turn}"),),
            produces=(Topic(name=f"{born['name']}.done"), Topic(name="audit")),
        )

    yield Told(event=ServiceRegistered(**born, workload=None, participation=facet(0)))
    for turn in range(1, chance.randint(4, 13)):
        yield Told(
            event=ParticipationRevised(
                service_id=born["service_id"], participation=facet(turn), changed=("consumes",)
            )
        )
    yield _renamed(born)
    if chance.random() < 0.2:
        yield Told(event=ServiceRemoved(service_id=born["service_id"], force=False))


def _renamed(born: dict[str, Any]) -> Told:
    changed = {**born, "description": f"{born['description']}, renamed"}
    del changed["project_id"]
    return Told(event=ServiceRevised(**changed, changed=("description",)))


def _started(born: dict[str, Any], deployment_id: str, replica_id: str, ordinal: int) -> Told:
    return Told(
        event=ReplicaStarted(
            replica_id=replica_id,
            service_id=born["service_id"],
            project_id=born["project_id"],
            deployment_id=deployment_id,
            ordinal=ordinal,
            generation=1,
            runtime="process",
            isolated=True,
            address=f"unix:/run/{replica_id}",
        ),
        by_process=True,
    )


def _ready(service_id: str, replica_id: str, chance: random.Random) -> Told:
    ready = ReplicaBecameReady(
        replica_id=replica_id, service_id=service_id, duration_ms=chance.randint(80, 4000)
    )
    return Told(event=ready, by_process=True)


def _drained(service_id: str, replica_id: str) -> Told:
    drained = ReplicaDrained(replica_id=replica_id, service_id=service_id, reason="scaled_down")
    return Told(event=drained, by_process=True)


def _stopped(service_id: str, replica_id: str) -> Told:
    return Told(
        event=ReplicaStopped(
            replica_id=replica_id,
            service_id=service_id,
            asked=True,
            code=0,
            signal=None,
            out_of_memory=False,
            message="",
            log_tail=(),
        ),
        by_process=True,
    )


def _decided(service_id: str, project_id: str, *, desired: int, previous: int) -> Told:
    return Told(
        event=ScalingDecided(
            service_id=service_id,
            project_id=project_id,
            at=1_600_000_000.0,
            desired=desired,
            previous=previous,
            reasons=("concurrency 140 above the target 100",),
            inputs=ScalingInputs(ready=previous, replicas_min=1, replicas_max=3, concurrency=140.0),
            memory=ScalingMemory(holds=((1, desired),)),
        ),
        by_process=True,
    )
