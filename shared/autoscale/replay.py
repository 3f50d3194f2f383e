"""Recorded traffic, decided upon again: by the settings of then, or by others. Pure.

Who decides looks every two seconds, at once for a request that waits, and at the moments at which a
decision was recorded: the same settings then come to the same decisions. What a recording
cannot tell is assumed: a replica is ready a fixed time after a decision, and finds a place."""

import math
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from shared.autoscale.decide import Sight, Verdict, decide
from shared.autoscale.recording import Change, Outcome, Recording, Settings
from shared.autoscale.ticks import TICK_SECONDS, ticks_of
from shared.autoscale.traffic import GRACE_SECONDS, Load, Traffic
from shared.domain.scaling.commands import ScalingMemory
from shared.domain.scaling.policy import Policy

NOBODY = Load(concurrency=0.0, concurrency_short=0.0, rps=0.0, rps_short=0.0)


@dataclass(slots=True)
class _Bounds:
    replicas_min: int
    replicas_max: int
    gpu: str


@dataclass(slots=True)
class _Rollout:
    status: str
    finished_at: datetime | None


@dataclass(slots=True)
class _Service:
    labels: tuple[tuple[str, str], ...]
    workload: _Bounds
    deployment: _Rollout
    serving: _Rollout
    replicas_wanted: int
    replicas_ready: int
    scaled_at: datetime | None


def replayed(
    recording: Recording, change: Callable[[Settings], Settings] = lambda one: one
) -> Outcome:
    """`change` makes other settings of those that were in force."""
    play = _Play(
        recording=recording,
        settings=[change(one) for one in recording.settings],
        traffic=Traffic(seconds=change(recording.settings[0]).policy.window_seconds),
    )
    return play.outcome()


@dataclass(slots=True, kw_only=True)
class _Play:
    recording: Recording
    settings: list[Settings]
    traffic: Traffic
    memory: ScalingMemory = field(init=False)
    service: _Service = field(init=False)
    _ready_at: list[float] = field(default_factory=list)  # one for each wanted replica, in order
    _told: int = field(init=False)
    _heard: int = 0
    _setting: int = 0
    _changes: list[Change] = field(default_factory=list)
    _served: list[tuple[float, bool]] = field(
        default_factory=list
    )  # from when, whether any is ready

    def __post_init__(self) -> None:
        of, first = self.recording, self.settings[0]
        self.memory = of.memory
        self._told = int(of.start - GRACE_SECONDS) - 1
        done = _Rollout("succeeded", None)
        self.service = _Service(
            labels=of.labels,
            workload=_Bounds(first.replicas_min, first.replicas_max, of.gpu),
            deployment=done,
            serving=done,
            replicas_wanted=of.wanted,
            replicas_ready=of.ready,
            scaled_at=None if of.scaled_at is None else datetime.fromtimestamp(of.scaled_at, UTC),
        )
        later = [of.start + of.ready_after] * max(0, of.wanted - of.ready)
        self._ready_at = [of.start] * min(of.ready, of.wanted) + later

    def outcome(self) -> Outcome:
        self._set(self.settings[0], self.recording.start)
        for now, waits in self._looks():
            while self._setting + 1 < len(self.settings) and (
                self.settings[self._setting + 1].at <= now
            ):
                self._setting += 1
                self._set(self.settings[self._setting], now)
            self._look(now, waits=waits)
        cold, held, refused = self._waited()
        return Outcome(
            changes=tuple(self._changes),
            replica_seconds=self._replica_seconds(),
            most=max([self.recording.wanted, *(one.desired for one in self._changes)]),
            cold_starts=cold,
            held_seconds=held,
            refused=refused,
        )

    # -- when it is looked

    def _looks(self) -> Iterator[tuple[float, bool]]:
        """(moment, whether a request waits at zero). A service that sleeps is looked at again when
        something comes or is changed: until then there is nothing to decide."""
        end, now, waits = self.recording.end, self.recording.start, False
        ticks = ticks_of(self.recording)
        while True:
            place = bisect_right(ticks, now)
            tick = ticks[place] if place < len(ticks) else end
            # One that was not woken by who waits may have no replica at all.
            stays, waits = waits and not self.service.replicas_wanted, False
            if not self.service.replicas_wanted:
                came, set_at = self._next_request(now), self._next_settings()
                waits = came < set_at
                tick = max(min(came, set_at), tick if stays else math.nextafter(now, end))
            now = tick
            if now >= end:
                return
            self._skip(ticks, place, now)
            yield now, waits

    def _skip(self, ticks: list[float], place: int, now: float) -> None:
        """While it slept it was heard that nobody came: averages are of that time, too."""
        window = self.settings[self._setting].policy.window_seconds
        place = max(place, bisect_left(ticks, now - window - TICK_SECONDS))
        while place < len(ticks) and ticks[place] < now:
            self._hear(ticks[place], window)
            place += 1

    def _next_request(self, now: float) -> float:
        """Told to the second only; where it is recorded when it woke the service, that is when."""
        seconds = self.recording.seconds
        place = bisect_left(seconds, int(now), key=lambda one: one.at)
        for one in seconds[place:]:
            if one.n > 0 or one.area > 0:
                woken = self.recording.woken_at
                known = bisect_left(woken, one.at)
                is_known = known < len(woken) and woken[known] < one.at + 1
                return woken[known] if is_known else float(one.at)
        return self.recording.end

    def _next_settings(self) -> float:
        is_last = self._setting + 1 >= len(self.settings)
        return self.recording.end if is_last else self.settings[self._setting + 1].at

    # -- what is seen then

    def _look(self, now: float, *, waits: bool) -> None:
        service, settings = self.service, self.settings[self._setting]
        self._hear(now, settings.policy.window_seconds)
        self._roll(now)
        service.replicas_ready = bisect_right(self._ready_at, now)
        self._note(now)
        is_asleep = service.replicas_wanted == 0
        verdict = decide(
            Sight(
                now=now,
                service=service,
                policy=settings.policy,
                memory=self.memory,
                load=NOBODY if is_asleep else self.traffic.load(self._told),
                covered_for=now - self.recording.listened_since,
                idle_for=self._idle_for(),
                waits=waits,
                alive=service.replicas_wanted,
            )
        )
        if verdict is None:
            return
        self.memory = verdict.memory
        if verdict.is_news:
            self._obey(verdict, now)

    def _hear(self, now: float, window: float) -> None:
        if self.traffic.seconds != window:
            self.traffic = Traffic(seconds=window, active_at=self.traffic.active_at)
        seconds, told = self.recording.seconds, int(now - GRACE_SECONDS) - 1
        while self._heard < len(seconds) and seconds[self._heard].at <= told:
            one = seconds[self._heard]
            self.traffic.add(one.at, one.area, one.n)
            if one.area > 0 or one.n > 0:
                self.traffic.active_at = max(self.traffic.active_at, one.at + 1.0)
            self._heard += 1
        self.traffic.add(told, 0.0, 0)
        self._told = told

    def _idle_for(self) -> float:
        since = max(self.traffic.active_at, self.recording.listened_since)
        return max(0.0, self._told + 1 - since)

    def _roll(self, now: float) -> None:
        rollout, finished = self.service.deployment, None
        rollout.status = "succeeded"
        for begun, ended in self.recording.rollouts:
            if begun <= now and (ended is None or now < ended):
                rollout.status = "in_progress"
            if ended is not None and ended <= now:
                finished = ended
        rollout.finished_at = None if finished is None else datetime.fromtimestamp(finished, UTC)

    # -- what follows

    def _obey(self, verdict: Verdict, now: float) -> None:
        self._change(verdict.desired, now, verdict.reasons)
        if verdict.desired == 0:
            self.traffic.forget()  # What came before it slept must not wake it again.

    def _set(self, settings: Settings, now: float) -> None:
        bounds = self.service.workload
        bounds.replicas_min, bounds.replicas_max = settings.replicas_min, settings.replicas_max
        wanted = min(max(self.service.replicas_wanted, bounds.replicas_min), bounds.replicas_max)
        if wanted != self.service.replicas_wanted:
            why = f"from {bounds.replicas_min} to {bounds.replicas_max} were allowed from then on"
            self._change(wanted, now, (why,))

    def _change(self, desired: int, now: float, reasons: tuple[str, ...]) -> None:
        service, previous = self.service, self.service.replicas_wanted
        self._changes.append(Change(at=now, previous=previous, desired=desired, reasons=reasons))
        if desired == previous:
            return
        service.replicas_wanted = desired
        service.scaled_at = datetime.fromtimestamp(now, UTC)
        for _ in range(desired - previous):
            insort(self._ready_at, now + self.recording.ready_after)
        del self._ready_at[desired:]  # Those that are not ready yet go first.
        self._note(now)

    def _note(self, now: float) -> None:
        """From when on somebody serves, or nobody."""
        first = self._ready_at[0] if self._ready_at else None
        is_served = first is not None and first <= now
        if not self._served or self._served[-1][1] != is_served:
            began = first if is_served and first is not None and self._served else now
            self._served.append((began, is_served))

    # -- what it comes to

    def _replica_seconds(self) -> float:
        total, since, count = 0.0, self.recording.start, self.recording.wanted
        for one in self._changes:
            total += count * (one.at - since)
            since, count = one.at, one.desired
        return total + count * (self.recording.end - since)

    def _waited(self) -> tuple[int, float, int]:
        cold, held, refused = 0, 0.0, 0
        ends = [at for at, _ in self._served[1:]] + [self.recording.end]
        for (begun, is_served), ended in zip(self._served, ends, strict=True):
            if is_served:
                continue
            room, policy = self._policy_at(begun).hold_limit, self._policy_at(begun)
            for count, wait in self._unserved(begun, ended):
                kept = min(count, room) if wait <= policy.hold_seconds else 0
                room -= kept
                cold, held, refused = cold + count, held + kept * wait, refused + count - kept
        return cold, held, refused

    def _unserved(self, begun: float, ended: float) -> Iterator[tuple[int, float]]:
        """Requests of each second, and how long they wait. Within a second they come evenly; the
        one that woke it came first."""
        seconds = self.recording.seconds
        woken = next((one.at for one in self._changes if begun <= one.at < ended), begun)
        place = bisect_left(seconds, int(begun), key=lambda one: one.at)
        for one in seconds[place:]:
            came, last = max(float(one.at), begun), one.at + 1.0
            if one.at == int(woken):
                came = max(came, woken)
            if came >= ended:
                return
            share = min(1.0, (ended - came) / (last - came)) if last > came else 0.0
            count = min(one.n, max(1, round(one.n * share)))
            yield count, ended - (came + min(last, ended)) / 2

    def _policy_at(self, at: float) -> Policy:
        place = bisect_right(self.settings, at, key=lambda one: one.at)
        return self.settings[max(0, place - 1)].policy
