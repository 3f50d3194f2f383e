"""One service: from what is wanted and what is, to the next actions. Pure and level-triggered.

The same situation gives the same plan, and a plan that broke off is finished by the next one. The
order keeps promises: routes change before anything else, what the engine shows is recorded before
anything new is begun, and a replica that served leaves the routes before it is stopped.
"""

from services.scheduler.idle import idle_first, surplus
from services.scheduler.leaving import is_overdue, steps_out
from services.scheduler.model import (
    Action,
    Conclude,
    Discard,
    Leave,
    Plan,
    Prepare,
    PublishTable,
    Ready,
    RecordSource,
    RecordStarted,
    RecordStopped,
    Resolve,
    Resolved,
    Situation,
    SourceFailed,
    Standing,
    Start,
    Stay,
    TellPlacement,
    Working,
    sooner,
)
from services.scheduler.roll import (
    failure,
    has_taken_over,
    next_deadline,
    no_room,
    room,
    superfluous,
)
from services.scheduler.routing import is_published, wanted_table
from shared.queries.services import DeploymentDocument, ServiceDocument

Moves = tuple[list[Action], float | None]


def decide(situation: Situation) -> Plan:
    standings = standings_of(situation)
    first: list[Action] = []
    table = wanted_table(situation, standings)
    if table is not None and not is_published(table, situation.memory.table):
        first.append(PublishTable(table=table))
    first += _settle(situation)
    if first:
        return Plan(actions=tuple(first))
    moves, again = _moves(situation, standings)
    steps, later = steps_out(situation, standings)
    return Plan(actions=(*moves, *steps), again_in=sooner(again, later))


def standings_of(situation: Situation) -> tuple[Standing, ...]:
    """Replicas that the log knows and that live, the longest running first."""
    seen = {one.replica_id: one for one in situation.observed if one.exit is None}
    found = [
        Standing(
            doc=doc,
            seen=seen[doc.id],
            is_leaving=doc.id in situation.memory.leaving or doc.state == "draining",
        )
        for doc in situation.wanted.replicas
        if doc.id in seen
    ]
    return tuple(sorted(found, key=lambda one: (one.doc.started_at, one.doc.id)))


def _settle(situation: Situation) -> list[Action]:
    """Makes the log tell what the engine shows."""
    memory = situation.memory
    known = {doc.id for doc in situation.wanted.replicas}
    actions: list[Action] = []
    for one in situation.observed:
        if one.replica_id not in known:
            is_over = one.replica_id in memory.recorded
            actions.append(
                Discard(replica_id=one.replica_id) if is_over else RecordStarted(seen=one)
            )
    seen = {one.replica_id: one for one in situation.observed}
    for doc in situation.wanted.replicas:
        if doc.runtime not in situation.limits.runtimes:
            continue
        found = seen.get(doc.id)
        if found is not None and found.exit is None:
            continue
        cause = found.exit if found is not None else None
        asked = doc.id in memory.leaving or doc.state == "draining"
        asked = asked or (cause is not None and cause.asked)
        # Without code and signal nobody saw it end (the machine restarted): no fault of its own.
        is_seen = cause is not None and (cause.code is not None or cause.signal is not None)
        actions.append(
            RecordStopped(doc=doc, seen=found, asked=asked, is_crash=is_seen and not asked)
        )
    return actions


def _moves(situation: Situation, standings: tuple[Standing, ...]) -> Moves:
    wanted, service = situation.wanted, situation.wanted.service
    if wanted.removed:
        leaving = situation.memory.leaving
        gone = [one for one in standings if one.doc.id not in leaving]
        return [_leave(one, "removed", force=wanted.force) for one in gone], None
    if service is None:
        return [], None
    rollout = service.deployment
    if rollout is not None and rollout.status != "in_progress":
        rollout = None
    serving = service.serving
    kept = {deployment.id for deployment in (rollout, serving) if deployment is not None}
    if service.workload is None:
        kept = set()
    # A `draining` that we do not remember was begun by a leader before us.
    strays = [
        _leave(one, one.doc.reason if one.doc.state == "draining" else "rollout")
        for one in standings
        if (one.doc.deployment_id not in kept or one.doc.state == "draining")
        and one.doc.id not in situation.memory.leaving
    ]
    if strays:
        return list(strays), None
    if rollout is not None:
        return _roll(situation, service, rollout, standings)
    if serving is not None and service.workload is not None:
        return _hold(situation, service, serving, standings)
    return [], None


def _roll(
    situation: Situation,
    service: ServiceDocument,
    rollout: DeploymentDocument,
    standings: tuple[Standing, ...],
) -> Moves:
    wanted, busy = service.replicas_wanted, situation.in_flight
    new = [one for one in _staying(standings) if one.doc.deployment_id == rollout.id]
    old = [one for one in _staying(standings) if one.doc.deployment_id != rollout.id]
    failed = failure(situation, service, rollout, new)
    if failed is not None:
        return [failed], None
    actions: list[Action] = [*_unhealthy(situation, new + old)]
    if not actions:
        actions += [_leave(one, "scale_down") for one in surplus(new, wanted, busy)]
        gone = superfluous(wanted, new, idle_first(old, busy), alive=len(standings))
        actions += [_leave(one, "rollout") for one in gone]
    if actions:
        return actions, None
    former = [one for one in standings if one.doc.deployment_id != rollout.id]
    if has_taken_over(situation, wanted, new, former):
        return [Conclude(deployment_id=rollout.id, succeeded=True)], None
    free = room(wanted, len(standings))
    starts, again = _begin(situation, rollout, standings, wanted - len(new), free)
    if any(isinstance(action, Start) for action in starts) and situation.placeable < 1:
        if any(one.is_leaving for one in standings):
            return [], again  # Its room is free as soon as it has ended.
        return [no_room(rollout, situation.why_full)], None
    ready_new = sum(one.is_ready for one in new)
    missing = wanted - ready_new - len(old)
    if service.serving is not None and not starts and missing > 0:
        # An old replica ended while the new ones are not there yet: who serves stays as many.
        more, later = _begin(situation, service.serving, standings, missing, free)
        starts, again = more[: situation.placeable], sooner(again, later)
    return starts, sooner(again, next_deadline(situation, new + old))


def _hold(
    situation: Situation,
    service: ServiceDocument,
    serving: DeploymentDocument,
    standings: tuple[Standing, ...],
) -> Moves:
    wanted = service.replicas_wanted
    current = _staying(standings)
    actions: list[Action] = [*_unhealthy(situation, current)]
    if not actions:
        actions += [
            _leave(one, "scale_down") for one in surplus(current, wanted, situation.in_flight)
        ]
        actions += _wanted_again(situation, serving, standings, wanted - len(current))
    if actions:
        return actions, None
    free = room(wanted, len(standings))
    starts, again = _begin(situation, serving, standings, wanted - len(current), free)
    if starts and isinstance(starts[0], Start) and situation.placeable < len(starts):
        missing = len(starts) - situation.placeable
        told = _placement(service, missing, situation.why_full)
        starts = [*starts[: situation.placeable], *told]
        again = sooner(again, situation.limits.retry_seconds)
    elif not starts and len(current) >= wanted:
        starts = [*_placement(service, 0, "")]
    return starts, sooner(again, next_deadline(situation, current))


def _placement(service: ServiceDocument, missing: int, why: str) -> list[TellPlacement]:
    """Told when it begins, ends, or is for another reason; that other counts are full now is no
    news."""
    kind, told = why.partition(":")[0], service.unplaced.partition(":")[0]
    return [] if kind == told else [TellPlacement(missing=missing, why=why)]


def _begin(
    situation: Situation,
    deployment: DeploymentDocument,
    standings: tuple[Standing, ...],
    missing: int,
    free: int,
) -> Moves:
    """The next steps towards more replicas of a deployment: its source first, then starts."""
    if missing <= 0:
        return [], None
    commit = deployment.commit
    match situation.memory.sources.get(deployment.id):
        case None:
            return [_first_step(deployment)], None
        case Working():
            return [], None
        case Resolved(commit=found) if found != commit:
            return [RecordSource(deployment_id=deployment.id, commit=found)], None
        case Resolved(commit=found):
            return [Prepare(deployment=deployment, commit=found)], None
        case SourceFailed(at=at):
            # Only of what serves: a rollout has failed by now. The cause may pass.
            left = at + situation.limits.retry_seconds - situation.now
            return ([], left) if left > 0 else ([_first_step(deployment)], None)
        case Ready() as source:
            return _starts(situation, deployment, source, standings, min(missing, free))


def _first_step(deployment: DeploymentDocument) -> Action:
    if deployment.commit is None:
        return Resolve(deployment=deployment)
    return Prepare(deployment=deployment, commit=deployment.commit)


def _starts(
    situation: Situation,
    deployment: DeploymentDocument,
    source: Ready,
    standings: tuple[Standing, ...],
    count: int,
) -> Moves:
    crashes = situation.memory.crashes.get(deployment.id)
    if crashes is not None and situation.now < crashes.until:
        return [], crashes.until - situation.now
    own = [one.doc for one in standings if one.doc.deployment_id == deployment.id]
    used = {doc.ordinal for doc in own}
    ordinals = [ordinal for ordinal in range(len(used) + count) if ordinal not in used][:count]
    return [
        Start(
            deployment_id=deployment.id,
            ordinal=ordinal,
            generation=situation.memory.generations.get((deployment.id, ordinal), 0) + 1,
            prepared=source.prepared,
        )
        for ordinal in ordinals
    ], None


def _unhealthy(situation: Situation, standings: list[Standing]) -> list[Leave]:
    return [
        Leave(doc=one.doc, reason="unhealthy", crash=why)
        for one in standings
        if (why := is_overdue(situation, one))
    ]


def _wanted_again(
    situation: Situation,
    serving: DeploymentDocument,
    standings: tuple[Standing, ...],
    missing: int,
) -> list[Action]:
    """Those that are on their way out for being too many, and still answer: sooner there than any
    new one, and what waits at the edge for a first replica gets this one."""
    leaving = situation.memory.leaving
    kept = [
        Stay(replica_id=one.doc.id)
        for one in standings
        if one.is_ready
        and one.doc.deployment_id == serving.id
        and one.doc.id in leaving
        and leaving[one.doc.id].reason == "scale_down"
        and one.doc.id not in situation.memory.stopping
    ]
    return [*kept[: max(0, missing)]]


def _staying(standings: tuple[Standing, ...]) -> list[Standing]:
    return [one for one in standings if not one.is_leaving]


def _leave(one: Standing, reason: str, *, force: bool = False) -> Leave:
    return Leave(doc=one.doc, reason=reason, force=force)
