"""One service: from what is wanted and what is, to the next actions. Pure and level-triggered.

The same situation gives the same plan, and a plan that broke off is finished by the next one. The
order keeps promises: routes change before anything else, what the engine shows is recorded before
anything new is begun, and a replica that served leaves the routes before it is stopped.
"""

from services.scheduler.begin import Moves, begin
from services.scheduler.hold import hold
from services.scheduler.idle import idle_first, surplus
from services.scheduler.leaving import leave, staying, steps_out, unhealthy
from services.scheduler.model import (
    Action,
    Conclude,
    Discard,
    Plan,
    PublishTable,
    RecordStarted,
    RecordStopped,
    Situation,
    Standing,
    Start,
    sooner,
)
from services.scheduler.places import placed
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
    return Plan(actions=(*placed(situation, moves), *steps), again_in=sooner(again, later))


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
        return [leave(one, "removed", force=wanted.force) for one in gone], None
    if wanted.is_closed:
        staying_on = [one for one in standings if not one.is_leaving]
        return [leave(one, "archived") for one in staying_on], None
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
        leave(one, one.doc.reason if one.doc.state == "draining" else "rollout")
        for one in standings
        if (one.doc.deployment_id not in kept or one.doc.state == "draining")
        and one.doc.id not in situation.memory.leaving
    ]
    if strays:
        return list(strays), None
    if rollout is not None:
        return _roll(situation, service, rollout, standings)
    if serving is not None and service.workload is not None:
        return hold(situation, service, serving, standings)
    return [], None


def _roll(
    situation: Situation,
    service: ServiceDocument,
    rollout: DeploymentDocument,
    standings: tuple[Standing, ...],
) -> Moves:
    wanted, busy = service.replicas_wanted, situation.in_flight
    new = [one for one in staying(standings) if one.doc.deployment_id == rollout.id]
    old = [one for one in staying(standings) if one.doc.deployment_id != rollout.id]
    failed = failure(situation, service, rollout, new)
    if failed is not None:
        return [failed], None
    actions: list[Action] = [*unhealthy(situation, new + old)]
    if not actions:
        actions += [leave(one, "scale_down") for one in surplus(new, wanted, busy)]
        gone = superfluous(wanted, new, idle_first(old, busy), alive=len(standings))
        actions += [leave(one, "rollout") for one in gone]
    if actions:
        return actions, None
    former = [one for one in standings if one.doc.deployment_id != rollout.id]
    if has_taken_over(situation, wanted, new, former):
        return [Conclude(deployment_id=rollout.id, succeeded=True)], None
    free = room(wanted, len(standings))
    starts, again = begin(situation, rollout, standings, wanted - len(new), free)
    if any(isinstance(action, Start) for action in starts) and situation.placeable < 1:
        if any(one.is_leaving for one in standings):
            return [], again  # Its room is free as soon as it has ended.
        return [no_room(rollout, situation.why_full)], None
    ready_new = sum(one.is_ready for one in new)
    missing = wanted - ready_new - len(old)
    if service.serving is not None and not starts and missing > 0:
        # An old replica ended while the new ones are not there yet: who serves stays as many.
        more, later = begin(situation, service.serving, standings, missing, free)
        starts, again = more[: situation.placeable], sooner(again, later)
    return starts, sooner(again, next_deadline(situation, new + old))
