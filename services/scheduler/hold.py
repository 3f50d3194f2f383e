"""As many as are wanted of what serves, and none on a node that drains. Pure.

Who must leave its node is replaced as a rollout replaces the old: another starts elsewhere, and is
ready before it leaves. Where no other node has room it stays, and why is told.
"""

from services.scheduler.begin import Moves, begin
from services.scheduler.idle import idle_first, surplus
from services.scheduler.leaving import leave, staying, unhealthy
from services.scheduler.model import (
    Action,
    Situation,
    Standing,
    Start,
    Stay,
    TellPlacement,
    sooner,
)
from services.scheduler.places import must_move
from services.scheduler.roll import next_deadline, room, superfluous
from shared.queries.services import DeploymentDocument, ServiceDocument


def hold(
    situation: Situation,
    service: ServiceDocument,
    serving: DeploymentDocument,
    standings: tuple[Standing, ...],
) -> Moves:
    wanted = service.replicas_wanted
    current = staying(standings)
    moving = [one for one in current if must_move(situation, one)]
    stable = [one for one in current if one not in moving]
    actions: list[Action] = [*unhealthy(situation, current)]
    if not actions:
        actions += _too_many(situation, wanted, stable, moving, alive=len(standings))
        actions += _wanted_again(situation, serving, standings, wanted - len(current))
    if actions:
        return actions, None
    free = room(wanted, len(standings))
    starts, again = begin(situation, serving, standings, wanted - len(stable), free)
    if starts and isinstance(starts[0], Start) and situation.placeable < len(starts):
        missing = len(starts) - situation.placeable
        told = _placement(service, missing, situation.why_full)
        starts = [*starts[: situation.placeable], *told]
        again = sooner(again, situation.limits.retry_seconds)
    elif not starts and len(stable) >= wanted:
        starts = [*_placement(service, 0, "")]
    return starts, sooner(again, next_deadline(situation, current))


def _too_many(
    situation: Situation,
    wanted: int,
    stable: list[Standing],
    moving: list[Standing],
    *,
    alive: int,
) -> list[Action]:
    busy = situation.in_flight
    surplus_ = [*surplus(stable, wanted, busy), *surplus(moving, wanted, busy)]
    if surplus_:
        return [leave(one, "scale_down") for one in surplus_]
    gone = superfluous(wanted, stable, idle_first(moving, busy), alive=alive) if moving else []
    return [leave(one, "node_drained") for one in gone]


def _placement(service: ServiceDocument, missing: int, why: str) -> list[TellPlacement]:
    """Told when it begins, ends, or is for another reason; that other counts are full now is no
    news."""
    kind, told = why.partition(":")[0], service.unplaced.partition(":")[0]
    return [] if kind == told else [TellPlacement(missing=missing, why=why)]


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
