"""How memory follows what was seen and done. The only place that changes it, but for the ends of
work in the background. No I/O: the simulation in the tests runs the very same code.
"""

from typing import assert_never

from services.scheduler.backoff import after_crash, is_forgiven
from services.scheduler.model import (
    Action,
    Conclude,
    Discard,
    Leave,
    Leaving,
    Memory,
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
    Working,
)
from services.scheduler.runtimes.interface import Observed
from shared.queries.services import ReplicaDocument, WantedDocument


def notice(
    memory: Memory, wanted: WantedDocument, observed: tuple[Observed, ...], now: float
) -> None:
    """Before each decision: how long replicas have been unready, and what may be forgotten."""
    # One that was never ready is judged by its age; unready is what was ready before.
    unready = {
        doc.id for doc in wanted.replicas if doc.state == "unready" and doc.ready_at is not None
    }
    memory.unready_since = {
        replica_id: memory.unready_since.get(replica_id, now) for replica_id in unready
    }
    known = {doc.id for doc in wanted.replicas} | {one.replica_id for one in observed}
    memory.leaving = {key: value for key, value in memory.leaving.items() if key in known}
    memory.stopping &= known
    memory.recorded &= known
    for doc in wanted.replicas:
        key = (doc.deployment_id, doc.ordinal)
        memory.generations[key] = max(memory.generations.get(key, 0), doc.generation)
    service = wanted.service
    deployments = (service.deployment, service.serving) if service is not None else ()
    kept = {deployment.id for deployment in deployments if deployment is not None}
    memory.sources = {key: value for key, value in memory.sources.items() if key in kept}
    memory.crashes = {key: value for key, value in memory.crashes.items() if key in kept}
    memory.generations = {k: v for k, v in memory.generations.items() if k[0] in kept}
    memory.failures = {k: v for k, v in memory.failures.items() if k[0] in kept}


def done(
    memory: Memory,
    action: Action,
    *,
    now: float,
    chance: float = 0.0,
    log_tail: tuple[str, ...] = (),
) -> None:
    """After an action was carried out (or handed to the background)."""
    match action:
        case RecordStarted():
            memory.recorded.add(action.seen.replica_id)
        case RecordStopped():
            _settled(memory, action.doc.id)
            if action.is_crash and action.seen is not None:
                _crashed(memory, action, now=now, chance=chance, log_tail=log_tail)
        case Discard():
            _settled(memory, action.replica_id)
        case Resolve() | Prepare():
            memory.sources[action.deployment.id] = Working()
        case Start():
            memory.generations[(action.deployment_id, action.ordinal)] = action.generation
        case Leave():
            memory.leaving[action.doc.id] = Leaving(
                reason=action.reason, since=now, force=action.force
            )
            if action.crash:
                _failed_at(memory, action.doc)
                crashed(memory, action.doc.deployment_id, action.crash, now=now, chance=chance)
        case Stay():
            memory.leaving.pop(action.replica_id, None)
        case Stop():
            memory.stopping.add(action.replica_id)
        case PublishTable() | RecordSource() | RecordDraining() | TellPlacement() | Conclude():
            pass  # Read back from where they were written.
        case _:
            assert_never(action)


def crashed(
    memory: Memory,
    deployment_id: str,
    cause: str,
    *,
    now: float,
    chance: float,
    lived_seconds: float = 0.0,
    log_tail: tuple[str, ...] = (),
) -> None:
    memory.crashes[deployment_id] = after_crash(
        memory.crashes.get(deployment_id),
        now=now,
        lived_seconds=lived_seconds,
        chance=chance,
        cause=cause,
        log_tail=log_tail,
    )


def _crashed(
    memory: Memory,
    action: RecordStopped,
    *,
    now: float,
    chance: float,
    log_tail: tuple[str, ...],
) -> None:
    seen = action.seen
    if seen is None or seen.exit is None:
        return
    lived_seconds = (seen.exit.at - action.doc.started_at).total_seconds()
    if is_forgiven(lived_seconds):
        memory.failures.pop((action.doc.deployment_id, action.doc.ordinal, action.doc.node), None)
    _failed_at(memory, action.doc)
    crashed(
        memory,
        action.doc.deployment_id,
        seen.exit.detail,
        now=now,
        chance=chance,
        lived_seconds=lived_seconds,
        log_tail=log_tail,
    )


def _failed_at(memory: Memory, doc: ReplicaDocument) -> None:
    place = (doc.deployment_id, doc.ordinal, doc.node)
    memory.failures[place] = memory.failures.get(place, 0) + 1


def _settled(memory: Memory, replica_id: str) -> None:
    memory.leaving.pop(replica_id, None)
    memory.stopping.discard(replica_id)
