"""The way out of one replica, step by step, and which replicas must take it for their health. Pure.

Out of the routes -> the edges have done so (bounded) -> recorded -> its requests have ended (or its
time has) -> SIGTERM, SIGKILL. Each step is found again from the situation after any crash.
"""

from services.scheduler.model import (
    Action,
    Leave,
    Leaving,
    RecordDraining,
    Situation,
    Standing,
    Stop,
    sooner,
)
from services.scheduler.roll import startup_left
from services.scheduler.routing import is_routed

# After its requests have ended a replica gets this long to end itself.
GRACE_SECONDS = 5.0


def steps_out(
    situation: Situation, standings: tuple[Standing, ...]
) -> tuple[list[Action], float | None]:
    actions: list[Action] = []
    again: float | None = None
    for one in standings:
        leaving = situation.memory.leaving.get(one.doc.id)
        if leaving is None or one.doc.id in situation.memory.stopping:
            continue
        step, later = _step(situation, one, leaving)
        if step is not None:
            actions.append(step)
        again = sooner(again, later)
    return actions, again


def _step(
    situation: Situation, one: Standing, leaving: Leaving
) -> tuple[Action | None, float | None]:
    limits, replica_id = situation.limits, one.doc.id
    if leaving.force or (situation.wanted.removed and situation.wanted.force):
        return Stop(replica_id=replica_id, grace_seconds=0.0, force=True), None
    was_routed = is_routed(replica_id, situation.memory.table)
    ack_left = leaving.since + limits.ack_seconds - situation.now
    if was_routed and not situation.acked and ack_left > 0:
        return None, ack_left
    if one.doc.state != "draining":
        return RecordDraining(replica_id=replica_id, reason=leaving.reason), None
    drain_left = leaving.since + limits.drain_seconds - situation.now
    if was_routed and replica_id in situation.busy and drain_left > 0:
        return None, drain_left
    grace = min(GRACE_SECONDS, limits.drain_seconds)
    return Stop(replica_id=replica_id, grace_seconds=grace, force=False), None


def unhealthy(situation: Situation, standings: list[Standing]) -> list[Leave]:
    """Those that must be replaced for their health."""
    return [
        Leave(doc=one.doc, reason="unhealthy", crash=why)
        for one in standings
        if (why := is_overdue(situation, one))
    ]


def staying(standings: tuple[Standing, ...]) -> list[Standing]:
    return [one for one in standings if not one.is_leaving]


def leave(one: Standing, reason: str, *, force: bool = False) -> Leave:
    return Leave(doc=one.doc, reason=reason, force=force)


def is_overdue(situation: Situation, one: Standing) -> str:
    """Why it must be replaced, in words; empty where it need not."""
    if startup_left(situation, one) <= 0:
        return f"not healthy within {situation.limits.startup_seconds:g} s" + _told(one)
    since = situation.memory.unready_since.get(one.doc.id)
    if since is None or situation.now - since < situation.limits.unready_seconds:
        return ""
    return f"not healthy for {situation.limits.unready_seconds:g} s" + _told(one)


def _told(one: Standing) -> str:
    return f": {one.doc.reason}" if one.doc.reason else ""
