"""A period of a service as it was: its traffic, settings, rollouts and decisions, to be played."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from services.query.asked import Asked, Row
from services.query.views.scaling.memory import memory_of
from shared.autoscale.recording import Recording, Second, Settings
from shared.domain.scaling.commands import ScalingMemory
from shared.domain.scaling.policy import Policy, idle_seconds
from shared.domain.service.prices import cost, cost_text, price_per_hour
from shared.kernel.json import loads
from shared.queries.scaling import PeriodDocument, ReplicaChange

CHANGES_MAX = 1000
LOOKS_BACK_MAX = 6 * 3600.0
# From a decision to a process that starts: the log, the bus, the scheduler's next look.
PLACED_SECONDS = 0.3
READY_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """`wanted` are (time, before, after, why) of what really happened."""

    recording: Recording
    price: Decimal
    wanted: Sequence[ReplicaChange]
    replica_seconds: float
    cold_starts: int
    held_seconds: float

    def happened(self) -> PeriodDocument:
        at_start = self.recording.wanted
        return PeriodDocument(
            replicas_at_start=at_start,
            replicas_most=max([at_start, *(one.desired for one in self.wanted)]),
            replica_seconds=round(self.replica_seconds, 3),
            cost=cost_text(cost(self.price, self.replica_seconds)),
            cold_starts=self.cold_starts,
            held_seconds=round(self.held_seconds, 3),
            refused=None,
            changes=tuple(self.wanted[:CHANGES_MAX]),
            changes_total=len(self.wanted),
        )


async def recorded(
    service_id: str, start: datetime, end: datetime, looks_back: float, asked: Asked
) -> Recorded | None:
    """None where it had no workload then. It begins with the service, where that is younger."""
    first = await asked.row("get_scaled_at", service_id=service_id, at=start)
    if first is None or first[5] >= end:
        return None
    start = max(start, first[5])
    span = {"service_id": service_id, "start": start, "until": end}
    policies = await asked.rows("list_policies", **span)
    changes = await asked.rows("list_wanted", **span)
    looks = await asked.rows("list_looks", **span)
    settings = settings_of(start, first, policies, changes)
    labels = tuple((name, value) for name, value in loads(first[1]))
    back = min(LOOKS_BACK_MAX, max(looks_back, *(_reach(one, labels) for one in settings)))
    since = start - timedelta(seconds=back)
    frames = await asked.rows("list_played_frames", service_id=service_id, start=since, until=end)
    rollouts = await asked.rows("list_rollouts", service_id=service_id, until=end)
    took = await asked.row("get_start_seconds", service_id=service_id, until=end)
    ran = await asked.row("sum_running", **span)
    held = await asked.row("sum_held", **span)
    if took is None or ran is None or held is None:
        raise AssertionError("a sum has a row")
    workload: dict[str, Any] = loads(first[0])
    before = [look for look in looks if look[0] <= start]
    during = [look for look in looks if look[0] > start]
    recording = Recording(
        listened_since=since.timestamp(),
        start=start.timestamp(),
        end=end.timestamp(),
        seconds=[Second(at=row[0], area=row[1], n=row[2]) for row in frames],
        settings=settings,
        rollouts=[(row[0].timestamp(), row[1] and row[1].timestamp()) for row in rollouts],
        looked_at=[look[0].timestamp() for look in during if look[1] > 0],
        woken_at=[look[0].timestamp() for look in during if look[1] == 0],
        labels=labels,
        gpu=workload["gpu"],
        wanted=first[2],
        ready=first[3],
        scaled_at=None if first[4] is None else first[4].timestamp(),
        memory=memory_of(before[-1][4]) if before else ScalingMemory(),
        ready_after=READY_SECONDS if took[0] is None else took[0] + PLACED_SECONDS,
    )
    return Recorded(
        recording=recording,
        price=_price(workload),
        wanted=_changes(changes, during),
        replica_seconds=float(ran[0]),
        cold_starts=held[0],
        held_seconds=held[1],
    )


def settings_of(
    start: datetime, first: Row, policies: Sequence[Row], changes: Sequence[Row]
) -> list[Settings]:
    """What was in force from when on; policies and bounds change apart from one another."""
    workload = loads(first[0])
    low, high, policy = workload["replicas_min"], workload["replicas_max"], Policy()
    moments: dict[datetime, tuple[Policy | None, tuple[int, int] | None]] = {start: (None, None)}
    for since, text in policies:
        at = max(since, start)
        moments[at] = (Policy(**loads(text)), moments.get(at, (None, None))[1])
    for row in changes:
        moments[row[0]] = (moments.get(row[0], (None, None))[0], (row[1], row[2]))
    made: list[Settings] = []
    for at in sorted(moments):
        other, bounds = moments[at]
        policy = other or policy
        low, high = bounds or (low, high)
        one = Settings(at=at.timestamp(), policy=policy, replicas_min=low, replicas_max=high)
        if not made or _differ(made[-1], one):
            made.append(one)
    return made


def _differ(one: Settings, other: Settings) -> bool:
    return (one.policy, one.replicas_min, one.replicas_max) != (
        other.policy,
        other.replicas_min,
        other.replicas_max,
    )


def _reach(settings: Settings, labels: tuple[tuple[str, str], ...]) -> float:
    """How far back is looked by these: an average, and the time without a request."""
    return settings.policy.window_seconds + idle_seconds(settings.policy, labels)


def _changes(rows: Sequence[Row], looks: Sequence[Row]) -> list[ReplicaChange]:
    why = {look[0]: tuple(loads(look[3])) for look in looks}
    return [
        ReplicaChange(
            at=row[0],
            previous=row[4],
            desired=row[3],
            reasons=why.get(row[0], ("the service was changed",)),
        )
        for row in rows
        if row[4] is not None and row[3] != row[4]
    ]


def _price(workload: dict[str, Any]) -> Decimal:
    return price_per_hour(
        gpu=workload["gpu"],
        gpu_count=workload["gpu_count"],
        cpu=workload["cpu"],
        memory_gb=workload["memory_gb"],
    )
