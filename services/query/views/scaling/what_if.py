"""What other settings would have made of recorded traffic: the recording is read, then played by
the autoscaler's own decision, in a thread and one at a time: it only reckons, and others ask."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

from services.query.asked import Asked
from services.query.views.scaling.recorded import CHANGES_MAX, Recorded, recorded
from shared.autoscale.recording import Change, Outcome, Recording, Settings, with_changes
from shared.autoscale.replay import replayed
from shared.domain.rejections import Invalid, NotFound
from shared.domain.scaling.policy import BOUNDS, wrong_field
from shared.domain.service.prices import cost, cost_text
from shared.queries.scaling import PeriodDocument, ReplicaChange, WhatIf, WhatIfDocument

SECONDS_MIN, SECONDS_MAX = 10.0, 6 * 3600.0
# Averages over an hour cost sixty times those over a minute: then less can be played.
WORK_MAX = SECONDS_MAX * 600.0
REPLICAS_MAX = 1000

_playing = asyncio.Semaphore(1)


async def what_if(question: WhatIf, asked: Asked) -> WhatIfDocument | NotFound | Invalid:
    id_ = question.service_id
    row = await asked.row("get_scaling", service_id=id_)
    if row is None or not asked.may("service.read", row[1], id_):
        return NotFound(kind="service", key=id_)
    end = min(question.end, asked.moment.at)
    if (wrong := _wrong_period(question.start, end) or _wrong_bounds(question)) is not None:
        return wrong
    given = dict(question.settings)
    looks_back = sum(given.get(name) or 0.0 for name in ("window_seconds", "scale_to_zero_seconds"))
    found = await recorded(id_, question.start, end, looks_back, asked)
    if found is None:
        return NotFound(kind="service", key=id_)
    recording = found.recording
    if (wrong := _wrong_settings(question, recording)) is not None:
        return wrong
    async with _playing:
        again, other = await asyncio.to_thread(_played, recording, question)
    return WhatIfDocument(
        service_id=id_,
        start=datetime.fromtimestamp(recording.start, UTC),
        end=end,
        requests=sum(one.n for one in recording.seconds if one.at >= recording.start),
        ready_after=round(recording.ready_after, 3),
        happened=found.happened(),
        replayed=_period(again, recording, found.price),
        changed=_period(other, recording, found.price),
        notes=tuple(_notes(found)),
    )


def _played(recording: Recording, question: WhatIf) -> tuple[Outcome, Outcome]:
    return replayed(recording), replayed(recording, lambda one: _other(one, question))


def _other(settings: Settings, question: WhatIf) -> Settings:
    low, high = question.replicas_min, question.replicas_max
    policy: dict[str, float | None] = dict(question.settings)
    if (limit := policy.get("hold_limit")) is not None:
        policy["hold_limit"] = int(limit)
    return with_changes(settings, policy, low, high)


def _wrong_period(start: datetime, end: datetime) -> Invalid | None:
    seconds = (end - start).total_seconds()
    if seconds < SECONDS_MIN:
        return Invalid(field="start", message=f"must be {SECONDS_MIN:g} s before the end, or more")
    if seconds > SECONDS_MAX:
        hours = SECONDS_MAX / 3600
        return Invalid(field="start", message=f"must be at most {hours:g} hours before the end")
    return None


def _wrong_bounds(question: WhatIf) -> Invalid | None:
    low, high = question.replicas_min, question.replicas_max
    if low is not None and not 0 <= low <= REPLICAS_MAX:
        return Invalid(field="replicas_min", message=f"must be from 0 to {REPLICAS_MAX}")
    if high is not None and not 1 <= high <= REPLICAS_MAX:
        return Invalid(field="replicas_max", message=f"must be from 1 to {REPLICAS_MAX}")
    if low is not None and high is not None and low > high:
        return Invalid(field="replicas_min", message="must not be more than replicas_max")
    unknown = [name for name, _ in question.settings if name not in BOUNDS]
    return Invalid(field=unknown[0], message="is no setting") if unknown else None


def _wrong_settings(question: WhatIf, recording: Recording) -> Invalid | None:
    for one in recording.settings:
        policy = _other(one, question).policy
        if (wrong := wrong_field(policy)) is not None:
            return Invalid(field=wrong[0], message=wrong[1])
        longest = max(policy.window_seconds, one.policy.window_seconds)
        if (recording.end - recording.start) * longest > WORK_MAX:
            hours = WORK_MAX / longest / 3600
            return Invalid(
                field="start",
                message=f"must be at most {hours:.1f} hours before the end,"
                f" with averages over {longest:g} s",
            )
    return None


def _period(outcome: Outcome, recording: Recording, price: Decimal) -> PeriodDocument:
    changes = [one for one in outcome.changes if one.desired != one.previous]
    return PeriodDocument(
        replicas_at_start=recording.wanted,
        replicas_most=outcome.most,
        replica_seconds=round(outcome.replica_seconds, 3),
        cost=cost_text(cost(price, outcome.replica_seconds)),
        cold_starts=outcome.cold_starts,
        held_seconds=round(outcome.held_seconds, 3),
        refused=outcome.refused,
        changes=tuple(_shown(one) for one in changes[:CHANGES_MAX]),
        changes_total=len(changes),
    )


def _shown(change: Change) -> ReplicaChange:
    return ReplicaChange(
        at=datetime.fromtimestamp(change.at, UTC),
        previous=change.previous,
        desired=change.desired,
        reasons=change.reasons,
    )


def _notes(found: Recorded) -> Iterator[str]:
    recording = found.recording
    yield "In what is played every replica finds a place: quotas and machines are not looked at."
    if not recording.seconds:
        yield (
            "No traffic is on record for then: there was none, or it is longer ago than traffic"
            " is kept."
        )
    if recording.gpu != "none":
        yield "How busy GPUs were is not on record second by second, and had no voice in it."
    if len(recording.settings) > 1:
        yield "Settings changed meanwhile: what is not said follows them."
