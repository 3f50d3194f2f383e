"""Which moment a question means: now, or a past one that resolves to a log position, once."""

from datetime import datetime, timedelta
from typing import TypeVar

from services.query.asked import Moment, Rows
from services.query.progress import Progress
from shared.domain.rejections import Invalid
from shared.envelope.messages import QuestionEnvelope

_POSITION_AT = "select es.position_at(%(at)s)"
_TIME_OF = "select e.recorded_at from es.event e where e.position = %(position)s"

Key = TypeVar("Key")
Value = TypeVar("Value")

KNOWN_MAX = 4096
# Whatever was being appended then has its position since.
SETTLED = timedelta(minutes=1)
# An import may put older times behind: a moment's position is looked up again after this.
KNOWN_FOR = timedelta(seconds=5)


class Moments:
    """What moments mean, remembered: who looks at one asks many questions about it."""

    def __init__(self, database: Rows, progress: Progress) -> None:
        self._database = database
        self._progress = progress
        self._times: dict[int, datetime] = {}
        self._positions: dict[datetime, tuple[int, datetime]] = {}

    async def of(
        self, envelope: QuestionEnvelope, *, reads: tuple[str, ...], now: datetime
    ) -> Moment | Invalid:
        at = envelope.as_of_time
        if at is not None:
            if at > now:
                return Invalid(field="as_of", message="must not be in the future")
            return Moment(position=await self._position_at(at, now), at=at, is_now=False)
        position = envelope.as_of_position
        if position is None:
            return Moment(position=self._progress.of(reads), at=now, is_now=True)
        if position < 0:
            return Invalid(field="as_of", message="must not be negative")
        if position == 0:
            # Before the first event; no row is as old.
            return Moment(position=0, at=datetime.min.replace(tzinfo=now.tzinfo), is_now=False)
        time = await self._time_of(position)
        if time is None:
            return Invalid(field="as_of", message="is beyond the newest log position")
        return Moment(position=position, at=time, is_now=False)

    async def _position_at(self, at: datetime, now: datetime) -> int:
        known = self._positions.get(at)
        if known is not None and now - known[1] < KNOWN_FOR:
            return known[0]
        rows = await self._database.rows(_POSITION_AT, {"at": at})
        position = int(rows[0][0])
        if now - at >= SETTLED:
            _keep(self._positions, at, (position, now))
        return position

    async def _time_of(self, position: int) -> datetime | None:
        """None where the log does not go as far."""
        time = self._times.get(position)
        if time is None:
            rows = await self._database.rows(_TIME_OF, {"position": position})
            if not rows:
                return None
            found: datetime = rows[0][0]
            _keep(self._times, position, found)
            return found
        return time


def _keep(known: dict[Key, Value], key: Key, value: Value) -> None:
    """The oldest goes where there are too many."""
    if len(known) >= KNOWN_MAX:
        del known[next(iter(known))]
    known[key] = value
