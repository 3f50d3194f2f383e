"""Which moment a question means: now, or a past one that resolves to a log position, once."""

from datetime import datetime

from services.query.asked import Moment, Rows
from services.query.progress import Progress
from shared.domain.rejections import Invalid
from shared.envelope.messages import QuestionEnvelope

_POSITION_AT = "select es.position_at(%(at)s)"
_TIME_OF = "select e.recorded_at from es.event e where e.position = %(position)s"


async def moment_of(
    envelope: QuestionEnvelope,
    *,
    reads: tuple[str, ...],
    progress: Progress,
    database: Rows,
    now: datetime,
) -> Moment | Invalid:
    at = envelope.as_of_time
    if at is not None:
        if at > now:
            return Invalid(field="as_of", message="must not be in the future")
        rows = await database.rows(_POSITION_AT, {"at": at})
        return Moment(position=int(rows[0][0]), at=at, is_now=False)
    position = envelope.as_of_position
    if position is None:
        return Moment(position=progress.of(reads), at=now, is_now=True)
    if position < 0:
        return Invalid(field="as_of", message="must not be negative")
    if position == 0:
        # Before the first event; no row is as old.
        return Moment(position=0, at=datetime.min.replace(tzinfo=now.tzinfo), is_now=False)
    rows = await database.rows(_TIME_OF, {"position": position})
    if not rows:
        return Invalid(field="as_of", message="is beyond the newest log position")
    return Moment(position=position, at=rows[0][0], is_now=False)
