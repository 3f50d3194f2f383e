"""The time bar: lanes of what happened in a window, and the slider whose steps are the changes.

Steps are changes, not seconds: the next thing that happened is always one step away. What machines
did in one go is one mark; a failure is never folded into anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.gateway.console.times import Times
from services.gateway.console.words import is_person
from shared.kernel.visible import visible, who
from shared.queries.audit import AuditEvent, Incident

STOPS_MAX: Final = 300
MARKS_MAX: Final = 300
WINDOWS: Final = {
    "1h": timedelta(hours=1),
    "6h": timedelta(hours=6),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
TICKS: Final = 6
_LOUD = ("rollout_failed", "became_unready", "removed", "secrets_erased")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    name: str
    start: datetime
    end: datetime

    def share(self, time: datetime) -> float:
        """Where in the window, in percent; what lies outside is at its edge."""
        whole = (self.end - self.start).total_seconds() or 1.0
        return round(min(100.0, max(0.0, (time - self.start).total_seconds() / whole * 100)), 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """`width` 0: a point. `title` is what the mark says, `position` where a click leads."""

    x: float
    width: float
    icon: str
    tone: str
    title: str
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    name: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    position: int | None  # None: now
    lane: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timebar:
    window: Window
    lanes: tuple[Lane, ...]
    stops: tuple[Stop, ...]
    at: int  # the index of the stop that the page shows
    cursor: float | None
    ticks: tuple[tuple[float, str], ...]
    cut: int  # changes of the window that are not among the stops
    since: int  # changes after the moment of the page
    here: AuditEvent | None  # the last change at or before the moment
    previous: int | None
    following: int | None


def window_of(name: str, *, now: datetime, at: datetime, born: datetime) -> Window:
    """The window asked for, or the smallest usual one that holds the moment and the birth."""
    age = now - min(born, at)
    if name not in (*WINDOWS, "all"):
        name = next((each for each, span in WINDOWS.items() if span >= age * 1.02), "7d")
        if name in WINDOWS and at < now - WINDOWS[name]:
            name = "all"
    start = now - WINDOWS[name] if name in WINDOWS else min(born, at) - timedelta(seconds=1)
    end = now
    if at < start:
        # The moment lies before the window: the window moves to it.
        span = end - start
        end = at + span / 2
        start = end - span
    start = max(start, min(born, at) - timedelta(seconds=max(1.0, age.total_seconds() / 50)))
    return Window(name=name, start=start, end=end)


def timebar(
    events: Sequence[AuditEvent],
    incidents: Sequence[Incident],
    window: Window,
    times: Times,
    *,
    position: int,
    now: datetime,
) -> Timebar:
    shown = [event for event in events if window.start <= event.at <= window.end]
    steps = _steps(shown)
    cut = max(0, len(steps) - STOPS_MAX)
    steps = steps[cut:]
    stops = [Stop(position=e.position, lane=lane_of(e), words=_words(e, times)) for e in steps]
    reaches_now = window.end >= now
    if reaches_now:
        stops.append(Stop(position=None, lane="now", words="now"))
    before = [event for event in events if event.position <= position]
    after = [event for event in events if event.position > position]
    at = len(stops) - 1
    if not times.is_now:
        at = max(0, sum(1 for e in steps if e.position <= position) - 1)
    return Timebar(
        window=window,
        lanes=_lanes(shown, incidents, window, times, now),
        stops=tuple(stops),
        at=at,
        cursor=None if times.is_now else window.share(times.at),
        ticks=tuple(_tick(number, window, times) for number in range(TICKS + 1)),
        cut=cut,
        since=len(after),
        here=before[-1] if before else None,
        previous=_previous(before, times),
        following=after[0].position if after and not times.is_now else None,
    )


def lane_of(event: AuditEvent) -> str:
    if event.type.startswith("service.rollout_"):
        return "deploys"
    return "people" if is_person(event) else "replicas"


def _previous(before: list[AuditEvent], times: Times) -> int | None:
    """From now, one step back is the state before the last change."""
    if times.is_now:
        return before[-1].position - 1 if before else None
    return before[-2].position if len(before) > 1 else None


def _steps(events: list[AuditEvent]) -> list[AuditEvent]:
    """The last of what one command or one machine did within a second; failures by themselves."""
    steps: list[AuditEvent] = []
    for event in events:
        last = steps[-1] if steps else None
        if last is not None and _is_one(last, event):
            steps[-1] = event
        else:
            steps.append(event)
    return steps


def _is_one(last: AuditEvent, event: AuditEvent) -> bool:
    if any(each.type.partition(".")[2] in _LOUD for each in (last, event)):
        return False
    if last.command_id == event.command_id:
        return True
    close = (event.at - last.at).total_seconds() < 1
    return close and lane_of(last) == lane_of(event) == "replicas"


def _words(event: AuditEvent, times: Times) -> str:
    reason = f' "{event.reason}"' if event.reason else ""
    name = who(event.actor, event.actor_name)
    return visible(f"{times.plain(event.at)}: {event.words} By {name}.{reason}")


def _lanes(
    events: list[AuditEvent],
    incidents: Sequence[Incident],
    window: Window,
    times: Times,
    now: datetime,
) -> tuple[Lane, ...]:
    people = [_point(e, window, times, "◆", "person") for e in events if lane_of(e) == "people"]
    replicas = [
        _point(e, window, times, "●", _replica_tone(e)) for e in events if lane_of(e) == "replicas"
    ]
    bars = [_incident(i, window, times) for i in incidents if _overlaps(i, window)]
    return (
        Lane(name="people", marks=_thinned(people)),
        Lane(name="deploys", marks=_thinned(_rollouts(events, window, times, now))),
        Lane(name="replicas", marks=_thinned(replicas)),
        Lane(name="health", marks=_thinned(bars)),
    )


def _point(event: AuditEvent, window: Window, times: Times, icon: str, tone: str) -> Mark:
    return Mark(
        x=window.share(event.at),
        width=0,
        icon=icon,
        tone=tone,
        title=_words(event, times),
        position=event.position,
    )


def _replica_tone(event: AuditEvent) -> str:
    kind = event.type.partition(".")[2]
    if kind == "became_unready" or (kind == "stopped" and not event.data.get("asked", True)):
        return "warn"
    return "ok" if kind == "became_ready" else "off"


def _rollouts(events: list[AuditEvent], window: Window, times: Times, now: datetime) -> list[Mark]:
    """A rollout is one bar, from its start to its end."""
    started: dict[str, AuditEvent] = {}
    bars: list[Mark] = []
    for event in events:
        deployment = str(event.data.get("deployment_id", ""))
        kind = event.type.partition(".")[2]
        if kind == "rollout_started":
            started[deployment] = event
        elif kind in ("rollout_succeeded", "rollout_failed"):
            tone = "ok" if kind == "rollout_succeeded" else "bad"
            begin = started.pop(deployment, event)
            bars.append(_bar(begin.at, event.at, event, window, times, tone))
    bars += [_bar(e.at, min(now, window.end), e, window, times, "busy") for e in started.values()]
    return bars


def _bar(
    begin: datetime, end: datetime, event: AuditEvent, window: Window, times: Times, tone: str
) -> Mark:
    x = window.share(begin)
    icon = {"ok": "✓", "bad": "✕"}.get(tone, "◐")
    return Mark(
        x=x,
        width=max(0.4, window.share(end) - x),
        icon=icon,
        tone=tone,
        title=_words(event, times),
        position=event.position,
    )


def _overlaps(incident: Incident, window: Window) -> bool:
    ends = incident.closed_at or window.end
    return incident.opened_at <= window.end and ends >= window.start


def _incident(incident: Incident, window: Window, times: Times) -> Mark:
    x = window.share(incident.opened_at)
    end = window.share(incident.closed_at or window.end)
    lasting = "" if incident.closed_at else ", and still is"
    return Mark(
        x=x,
        width=max(0.4, end - x),
        icon="✕" if incident.status == "failed" else "!",
        tone="bad" if incident.status == "failed" else "warn",
        title=visible(
            f"{incident.status} from {times.plain(incident.opened_at)}{lasting}: {incident.cause}"
        ),
        position=incident.opened_position,
    )


def _thinned(marks: list[Mark]) -> tuple[Mark, ...]:
    """At most one mark in each three-hundredth of the lane; the later says more."""
    kept: dict[int, Mark] = {}
    for mark in marks:
        place = int(mark.x / 100 * MARKS_MAX)
        held = kept.get(place)
        if held is None or held.width <= mark.width:
            kept[place] = mark
    return tuple(kept.values())


def _tick(number: int, window: Window, times: Times) -> tuple[float, str]:
    time = window.start + (window.end - window.start) * number / TICKS
    local = time.astimezone(times.zone)
    whole = window.end - window.start
    if whole > timedelta(days=2):
        word = f"{local.day} {local:%b}"
    else:
        word = f"{local:%H:%M:%S}" if whole < timedelta(minutes=15) else f"{local:%H:%M}"
    return round(number / TICKS * 100, 3), word
