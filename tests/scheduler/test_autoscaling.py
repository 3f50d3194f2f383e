"""How many replicas, and why: the decision on pictures of a service, and over played minutes."""

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.scheduler.autoscale.meter import Meter
from shared.autoscale.decide import Sight, Verdict, decide
from shared.autoscale.traffic import Load
from shared.bus.routes import LATENCY_BUCKETS, Frame
from shared.domain.scaling.commands import ScalingMemory
from shared.domain.scaling.policy import Policy
from shared.queries.services import ServiceDocument
from tests.scheduler.making import ROLLOUT, SERVICE, SERVING, START, service, workload

NOW = START.timestamp() + 10_000.0
DONE = replace(SERVING, finished_at=START)


def of(replicas: int = 1, ready: int | None = None, **changes: Any) -> ServiceDocument:
    fields = {"workload": workload(replicas_min=0, replicas_max=8), **changes}
    document = service(DONE, DONE, replicas=replicas)
    count = replicas if ready is None else ready
    return replace(document, replicas_ready=count, **fields)


def load(concurrency: float = 0.0, short: float | None = None, rps: float = 0.0) -> Load:
    return Load(
        concurrency=concurrency,
        concurrency_short=concurrency if short is None else short,
        rps=rps,
        rps_short=rps,
    )


def sight(document: ServiceDocument, **changes: Any) -> Sight:
    fields: dict[str, Any] = {
        "now": NOW,
        "service": document,
        "policy": Policy(target_concurrency=10.0),
        "memory": ScalingMemory(),
        "load": load(),
        "covered_for": 1000.0,
        "idle_for": 0.0,
        "alive": document.replicas_wanted,
    }
    return Sight(**{**fields, **changes})


def verdict(document: ServiceDocument, **changes: Any) -> Verdict:
    made = decide(sight(document, **changes))
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("replicas", "concurrency", "desired"),
    [(1, 6.9, 1), (1, 7.1, 2), (2, 50.0, 8), (4, 8.0, 2), (8, 0.0, 4)],
)
def test_a_replica_is_filled_to_seven_tenths_of_what_it_is_good_for(
    replicas: int, concurrency: float, desired: int
) -> None:
    assert verdict(of(replicas), load=load(concurrency)).desired == desired


def test_the_most_of_what_is_measured_decides() -> None:
    policy = Policy(target_concurrency=10.0, target_rps=10.0)
    made = verdict(of(1), policy=policy, load=load(7.0, rps=20.0))
    assert made.desired == 3
    made = verdict(
        of(1), load=load(7.0), utilization=0.9, utilization_of="CPU", utilization_wants=4
    )
    assert made.desired == 4
    assert "90% of the CPU is used: 4" in made.reasons


def test_bounds_and_capacity_come_before_the_decision_and_are_named() -> None:
    made = verdict(of(1), load=load(700.0))
    assert made.desired == 8
    assert "the maximum is 8, not 100" in made.reasons
    made = verdict(of(1), load=load(50.0), alive=1, placeable=2, why_full="1 node: 1 lack 2 vCPU")
    assert made.desired == 3
    assert "3 fit, not 8 (1 node: 1 lack 2 vCPU)" in made.reasons
    made = verdict(of(2, workload=workload(replicas_min=2, replicas_max=8)), load=load(0.0))
    assert made.desired == 2
    assert "the minimum is 2" in made.reasons


def test_a_burst_buys_at_most_ten_times_the_gpus() -> None:
    gpu = workload(replicas_min=0, replicas_max=100, gpu="L4")
    assert verdict(of(1, workload=gpu), load=load(700.0)).desired == 10
    cpu = workload(replicas_min=0, replicas_max=100)
    assert verdict(of(1, workload=cpu), load=load(700.0)).desired == 100


def test_silent_edges_are_no_reason_to_change_anything() -> None:
    assert decide(sight(of(3), load=None, covered_for=None)) is None


def test_nothing_goes_down_before_a_whole_window_was_seen() -> None:
    made = verdict(of(4), covered_for=59.0)
    assert (made.desired, made.is_news) == (4, False)
    assert "not all of the last 60 s were seen" in made.reasons
    assert verdict(of(4), covered_for=60.0).desired == 2
    assert verdict(of(1), covered_for=1.0, load=load(30.0)).desired == 5


def test_it_sleeps_after_its_idle_time_and_never_sooner() -> None:
    assert verdict(of(1), idle_for=59.9).desired == 1
    made = verdict(of(3), idle_for=60.0)
    assert made.desired == 0
    assert made.reasons == ("no request for 60 s; it may sleep after 60 s",)
    short = Policy(scale_to_zero_seconds=3.0)
    assert verdict(of(1), policy=short, idle_for=3.0).desired == 0
    labelled = of(1, labels=(("chronoplane.scale_to_zero_seconds", "5"),))
    assert verdict(labelled, policy=Policy(), idle_for=5.0).desired == 0


@pytest.mark.parametrize(
    "awake",
    [
        of(1, workload=workload(replicas_min=1, replicas_max=8)),
        of(1, deployment=ROLLOUT),
        of(1, scaled_at=START + timedelta(seconds=9_990)),
        of(1, deployment=replace(DONE, finished_at=START + timedelta(seconds=9_990))),
    ],
    ids=["a minimum", "a rollout", "just woken", "just deployed"],
)
def test_it_does_not_sleep_with(awake: ServiceDocument) -> None:
    assert verdict(awake, idle_for=1000.0).desired == 1


def test_it_does_not_sleep_while_the_edges_were_not_heard_for_the_idle_time() -> None:
    policy = Policy(window_seconds=6.0, scale_to_zero_seconds=30.0)
    assert verdict(of(1), policy=policy, idle_for=1000.0, covered_for=29.0).desired == 1


def test_a_request_that_waits_wakes_it_whatever_else_is_known() -> None:
    made = verdict(of(0), waits=True, load=None, covered_for=None)
    assert (made.desired, made.is_news) == (1, True)


def test_a_request_that_waits_is_no_news_to_one_that_is_awake() -> None:
    assert not verdict(of(1, ready=0), waits=True).is_news


def test_held_requests_that_no_poke_told_of_wake_it_too() -> None:
    assert verdict(of(0), load=load(1.0)).desired == 1
    assert not verdict(of(0), load=load(0.0)).is_news


@pytest.mark.parametrize(
    "document",
    [
        of(1, workload=None),
        of(1, serving=None),
        of(2, workload=workload(replicas_min=2, replicas_max=2)),
    ],
    ids=["no workload", "never deployed", "a fixed number"],
)
def test_nothing_is_decided_for(document: ServiceDocument) -> None:
    assert decide(sight(document, waits=True, load=load(1000.0))) is None


def test_a_burst_that_begins_or_ends_is_news_though_the_number_stays() -> None:
    full = of(8)
    begun = verdict(full, load=load(50.0, short=200.0))
    assert (begun.desired, begun.is_news) == (8, True)
    again = verdict(full, load=load(50.0, short=200.0), memory=begun.memory)
    assert not again.is_news


def frame(second: int, area: float, n: int = 1, service_id: str = SERVICE) -> Frame:
    return Frame(
        edge_id="e1",
        service_id=service_id,
        second=second,
        area=area,
        n=n,
        classes=(0, n, 0, 0, 0),
        failed=0,
        aborted=0,
        refused=0,
        queued_max=0,
        wait_ms=0,
        bytes_in=0,
        bytes_out=0,
        latency=(0,) * LATENCY_BUCKETS,
        latency_ms=0,
    )


def test_an_edge_that_says_that_nothing_came_is_not_one_that_says_nothing() -> None:
    meter = Meter()
    assert meter.covered_for(0.0) is None
    for second in range(100, 110):
        meter.hear("e1", (), second + 1.3)
    assert meter.covered_for(110.3) == pytest.approx(9.0)
    assert meter.covered_for(115.4) is None
    meter.hear("e1", (), 120.0)
    assert meter.covered_for(121.0) == pytest.approx(1.0)  # What was between is not known.


def test_one_silent_edge_of_two_is_enough_to_know_nothing_until_it_is_given_up() -> None:
    meter = Meter()
    for second in range(100):
        meter.hear("e1", (), float(second))
    meter.hear("e2", (), 50.0)
    assert meter.covered_for(99.0) is None
    for second in range(100, 142):
        meter.hear("e1", (), float(second))
    assert meter.covered_for(141.0) == pytest.approx(141.0)


def test_how_busy_each_replica_is_adds_up_over_edges_and_is_forgotten_when_it_is_old() -> None:
    meter = Meter()
    meter.hear("e1", (replace(frame(9, 2.0), replicas=(("r1", 2), ("r2", 0))),), 10.0)
    meter.hear("e2", (replace(frame(9, 1.0), replicas=(("r1", 1),)),), 11.0)
    assert meter.in_flight(SERVICE, 12.0) == {"r1": 3, "r2": 0}
    assert meter.in_flight(SERVICE, 14.5) == {"r1": 1}
    assert meter.in_flight(SERVICE, 60.0) == {}


def test_frames_of_several_edges_add_up_and_silence_after_them_counts() -> None:
    meter = Meter()
    for second in range(100, 110):
        meter.hear("e1", (frame(second, 2.0),), second + 1.3)
        meter.hear("e2", (frame(second, 1.0),), second + 1.3)
    traffic = meter.of(SERVICE, 60.0, 111.3)
    assert traffic.load(109).concurrency == pytest.approx(3.0)
    for second in range(110, 120):
        meter.hear("e1", (), second + 1.3)
        meter.hear("e2", (), second + 1.3)
        traffic = meter.of(SERVICE, 60.0, second + 1.4)
    assert traffic.load(119).concurrency == pytest.approx(1.5)
    assert traffic.active_at == 110.0


class Played:
    """One service over simulated time: edges, a log that may be slow, replicas that take a while.

    What the decisions promise is checked at every tick; the same seed gives the same decisions."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.meter = Meter()
        self.policy = Policy(
            target_concurrency=self.chance.choice([1.0, 5.0]),
            window_seconds=float(self.chance.choice([6, 20])),
            scale_to_zero_seconds=float(self.chance.choice([3, 15])),
            scale_down_delay_seconds=self.chance.choice([0.0, 10.0]),
        )
        self.memory = ScalingMemory()
        self.bounds = (self.chance.choice([0, 1]), self.chance.choice([2, 6]))
        self.wanted, self.ready = 1, 1
        self.now = NOW
        self.requests: list[tuple[int, float]] = []
        self.sent = 0
        self.scaled_at = START
        self.silent_until = 0.0
        self.decided: list[tuple[int, int, tuple[str, ...]]] = []

    def run(self, seconds: int) -> None:
        rate = 0.0
        for _ in range(seconds):
            self.now += 1.0
            if self.chance.random() < 0.1:
                rate = self.chance.choice([0.0, 0.0, 0.5, 3.0, 20.0])
            if self.chance.random() < 0.02:
                self.silent_until = self.now + self.chance.randint(1, 20)
            self._traffic(rate)
            self.ready = min(self.wanted, self.ready + self.chance.randint(0, 2))
            if self.chance.random() < 0.02:
                # Another leader: what it knows is what the log holds.
                self.meter = Meter()
            if int(self.now) % 2 == 0:
                self._decide(waits=rate > 0 and self.ready == 0)

    def _traffic(self, rate: float) -> None:
        if rate:
            self.requests.append((int(self.now) - 1, rate))
        if self.now < self.silent_until:
            return
        kept = [one for one in self.requests if one[0] > self.sent]
        self.sent = int(self.now) - 1
        frames = tuple(frame(at, area) for at, area in kept)
        self.meter.hear("e1", frames, self.now + 0.3)

    def _decide(self, *, waits: bool) -> None:
        now = self.now + 0.4
        low, high = self.bounds
        covered, told = self.meter.covered_for(now), self.meter.told()
        traffic = self.meter.of(SERVICE, self.policy.window_seconds, now)
        document = of(
            self.wanted,
            self.ready,
            workload=workload(replicas_min=low, replicas_max=high),
            scaled_at=self.scaled_at,
        )
        made = decide(
            sight(
                document,
                now=now,
                policy=self.policy,
                memory=self.memory,
                load=None if covered is None or told is None else traffic.load(told),
                covered_for=covered,
                idle_for=self.meter.idle_for(SERVICE, now),
                waits=waits,
            )
        )
        if made is None:
            return
        self._check(made, waits=waits, covered=covered)
        self.memory = made.memory
        if made.desired != self.wanted:
            self.decided.append((int(now), made.desired, made.reasons))
            self.wanted, self.ready = made.desired, min(self.ready, made.desired)
            self.scaled_at = START + timedelta(seconds=now - START.timestamp())
        if made.desired == 0:
            traffic.forget()

    def _check(self, made: Verdict, *, waits: bool, covered: float | None) -> None:
        low, high = self.bounds
        assert low <= made.desired <= high
        assert made.reasons
        if made.desired == 0 and made.previous > 0:
            idle = self.policy.scale_to_zero_seconds or 0.0
            told = self.meter.told()
            assert covered is not None
            assert told is not None
            since = [at for at, _ in self.requests if told + 1 - idle < at + 1 <= told + 1]
            assert not since, "it slept though requests were told of"
            assert covered >= idle
        if made.desired < made.previous:
            assert covered is not None
        if waits:
            assert made.desired > 0


@pytest.mark.parametrize("seed", range(30))
def test_over_played_minutes_no_promise_is_broken_and_a_replay_decides_the_same(seed: int) -> None:
    played, again = Played(seed), Played(seed)
    played.run(200)
    again.run(200)
    assert played.decided == again.decided
