"""Rolling update (CONTROL 2.7): who starts and who leaves while a new deployment takes over. Pure.

Surge 25 % rounded up (one at least), unavailable 0: new replicas start beside the old ones, an old
one leaves only for a new one that is ready. It has succeeded when all new ones are ready and no old
one is routed to any more: who then reads `running` is answered by the new deployment alone.
"""

from math import ceil

from services.scheduler.backoff import ROLLOUT_CRASHES_MAX
from services.scheduler.model import Conclude, Situation, SourceFailed, Standing, sooner
from services.scheduler.routing import lacks_engine
from shared.queries.services import DeploymentDocument, ServiceDocument, WantedDocument

SURGE = 0.25


def surge_of(wanted: int) -> int:
    return max(1, ceil(wanted * SURGE))


def beside(document: WantedDocument) -> int:
    """How many replicas a rollout may have beside the wanted ones: only they are for the quota."""
    service = document.service
    rollout = service.deployment if service is not None else None
    if service is None or rollout is None or rollout.status != "in_progress":
        return 0
    return surge_of(service.replicas_wanted) if service.serving is not None else 0


def room(wanted: int, alive: int) -> int:
    """How many may start now, whoever they are; those that still drain take room as well."""
    return max(0, wanted + surge_of(wanted) - alive)


def superfluous(
    wanted: int, new: list[Standing], old: list[Standing], *, alive: int
) -> list[Standing]:
    """Old replicas that may leave now, the unready first, then in the order that `old` has."""
    if is_complete(wanted, new):
        return old
    unready = [standing for standing in old if not standing.is_ready]
    ready = [standing for standing in old if standing.is_ready]
    ready_new = sum(standing.is_ready for standing in new)
    # One that serves nobody leaves when its room is needed, never before: it may come back.
    is_full = room(wanted, alive) == 0 and len(new) < wanted
    leaving = unready[:1] if is_full else []
    spare = ready_new + len(ready) - wanted
    return leaving + ready[: max(0, min(spare, ready_new))]


def is_complete(wanted: int, new: list[Standing]) -> bool:
    return sum(standing.is_ready for standing in new) >= wanted


def has_taken_over(
    situation: Situation, wanted: int, new: list[Standing], old: list[Standing]
) -> bool:
    """`old` with those that leave: one is recorded as draining once the edges no longer choose it,
    or the time they had for that is over."""
    return is_complete(wanted, new) and all(
        one.doc.state == "draining" or one.doc.id in situation.memory.stopping for one in old
    )


def failure(
    situation: Situation,
    service: ServiceDocument,
    rollout: DeploymentDocument,
    new: list[Standing],
) -> Conclude | None:
    if lacks_engine(service, situation.limits):
        return _failed(
            rollout,
            "no_container_runtime",
            "Nothing on this machine can run container images; deploy from a repository instead.",
        )
    source = situation.memory.sources.get(rollout.id)
    if isinstance(source, SourceFailed):
        return _failed(rollout, source.reason, source.message, log_tail=source.log_tail)
    crashes = situation.memory.crashes.get(rollout.id)
    if crashes is not None and crashes.count >= ROLLOUT_CRASHES_MAX:
        message = f"New replicas ended {crashes.count} times before all were ready."
        return _failed(
            rollout,
            "crashed",
            f"{message} The last: {crashes.cause}.",
            exit_cause=crashes.cause,
            log_tail=crashes.log_tail,
        )
    overdue = next((one for one in new if startup_left(situation, one) <= 0), None)
    if overdue is not None:
        return _never_healthy(situation, service, rollout, overdue)
    return None


def _never_healthy(
    situation: Situation, service: ServiceDocument, rollout: DeploymentDocument, one: Standing
) -> Conclude:
    workload = service.workload
    path = workload.health_check_path if workload is not None else "/"
    seconds = f"{situation.limits.startup_seconds:g}"
    answered = f": {one.doc.reason}" if one.doc.reason else ""
    return _failed(
        rollout,
        "never_healthy",
        f"A new replica did not answer GET {path} with 200 within {seconds} s{answered}.",
        last_probe=one.doc.reason,
        tail_of=one.doc.id,
    )


def no_room(rollout: DeploymentDocument, why: str) -> Conclude:
    reason = "quota" if why.startswith("quota") else "capacity"
    return _failed(rollout, reason, f"No replica fits: {why}.")


def _failed(
    rollout: DeploymentDocument,
    reason: str,
    message: str,
    *,
    last_probe: str = "",
    exit_cause: str = "",
    log_tail: tuple[str, ...] = (),
    tail_of: str | None = None,
) -> Conclude:
    return Conclude(
        deployment_id=rollout.id,
        succeeded=False,
        reason=reason,
        message=message,
        last_probe=last_probe,
        exit_cause=exit_cause,
        log_tail=log_tail,
        tail_of=tail_of,
    )


def startup_left(situation: Situation, standing: Standing) -> float:
    """Seconds until a replica that was never ready is given up; endless for one that was."""
    if standing.doc.ready_at is not None or standing.is_ready:
        return float("inf")
    age = (situation.moment - standing.doc.started_at).total_seconds()
    return situation.limits.startup_seconds - age


def next_deadline(situation: Situation, standings: list[Standing]) -> float | None:
    """When the first of them is given up, should nothing happen until then."""
    left = [startup_left(situation, standing) for standing in standings]
    unready = [
        situation.memory.unready_since[standing.doc.id]
        + situation.limits.unready_seconds
        - situation.now
        for standing in standings
        if standing.doc.id in situation.memory.unready_since
    ]
    return sooner(*[moment for moment in (*left, *unready) if moment != float("inf")])
