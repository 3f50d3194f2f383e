"""`make soak`: a whole stack under mixed load for a while; nothing it holds may grow.

Samples every 10 s, fits a line through the last two thirds, prints the table, and ends with 1 where
something grew by more than is let be, or where a client was told what nobody should be told."""

import argparse
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.fuzz.scene import things_in
from tests.soak.lives import Visitor
from tests.soak.load import Count, Load, receiving
from tests.soak.sampling import ALLOWED, TOLD_ONLY, Measure, sample
from tests.soak.trend import SAMPLES_MIN, trend_of
from tests.support.apps import echo
from tests.support.git import push
from tests.support.outpost import Outpost, admin
from tests.support.stack import Stack, running_stack

NAME = "soaked"
SAMPLE_SECONDS = 10.0
CLIENTS = 6
# Of a hundred answers so many may be refusals of a stack that is at work (a rollout under way).
WRONG_MAX = 0.005

Samples = dict[Measure, list[tuple[float, float]]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--rate", type=float, default=30.0, help="requests a second, in all")
    arguments = parser.parse_args()
    if os.geteuid() != 0:
        parser.error("only root may look into the processes of a stack")
    seconds = arguments.minutes * 60
    if seconds < SAMPLES_MIN * SAMPLE_SECONDS:
        parser.error(f"--minutes: at least {SAMPLES_MIN * SAMPLE_SECONDS / 60:g}")
    with tempfile.TemporaryDirectory(prefix="cp-soak-") as folder:
        load, samples, took = _soak(Path(folder), seconds, pause=CLIENTS / arguments.rate)
    grown = _print_growth(samples)
    return _told(load.count, took, grown)


def _soak(folder: Path, seconds: float, *, pause: float) -> tuple[Load, Samples, float]:
    count = Count()
    with receiving(count) as port, _stack(folder, port) as stack:
        owner = admin(stack, NAME)
        load = Load(visitor=Visitor(owner=owner, things=things_in(stack, NAME)), pause=pause)
        load.count = count
        _furnish(owner, port)
        load.start()
        samples: Samples = defaultdict(list)
        started = time.monotonic()
        while (at := time.monotonic() - started) < seconds:
            for measure, value in sample(stack).items():
                samples[measure].append((at, value))
            time.sleep(SAMPLE_SECONDS)
        load.stop()
    return load, samples, time.monotonic() - started


@contextmanager
def _stack(folder: Path, receiver: int) -> Iterator[Stack]:
    with running_stack(folder, rate_limits="off", fetch_allow=f"127.0.0.1:{receiver}") as stack:
        yield stack


def _furnish(owner: Outpost, receiver: int) -> None:
    """A service that is rolled out again and again, one that sleeps, one who is told of all."""
    for name, body in (("rolling", {}), ("sleepy", {"min_replicas": 0})):
        push(owner.stack.repositories, f"{NAME}/{name}", echo())
        made = owner.create(name=name, repo=f"{NAME}/{name}", max_replicas=1, **body)
        assert made.status == 201, made
        owner.wait_status(name, "running", 90.0)
    listed = owner.ops("GET", f"services?project={NAME}&per_page=100").body["data"]
    sleepy = next(one["id"] for one in listed if one["name"] == "sleepy")
    settings = {"scale_to_zero_seconds": 5, "window_seconds": 6}
    assert owner.ops("PUT", f"services/{sleepy}/scaling", settings).status == 200
    account = owner.ops("GET", f"organizations/{NAME}").body["id"]
    hook = {"url": f"http://127.0.0.1:{receiver}/hook", "account": account}
    assert owner.ops("POST", "webhooks", hook).status == 201


def _print_growth(samples: Samples) -> list[str]:
    grown: list[str] = []
    print("| Process | what | at a third | at the end | growth | |")
    print("| --- | --- | --- | --- | --- | --- |")
    for measure in sorted(samples):
        rows = samples[measure]
        if len(rows) < SAMPLES_MIN:
            continue  # Of what came and went.
        trend = trend_of(rows)
        verdict = ""
        if measure.what in TOLD_ONLY:
            verdict = "grows with the log"
        else:
            least, share = ALLOWED[measure.what]
            if trend.exceeds(max(least, share * trend.first)):
                verdict = "GROWS"
                grown.append(f"{measure.process} {measure.what}")
        print(
            f"| {measure.process} | {measure.what} | {trend.first:.1f} | {trend.last:.1f}"
            f" | {trend.growth:+.1f} | {verdict} |"
        )
    return grown


def _told(count: Count, seconds: float, grown: list[str]) -> int:
    total, wrong = count.answered.total(), count.wrong.total()
    print(f"\n{total:,} answers in {seconds:,.0f} s: {dict(count.answered)}")
    print(f"{count.posted:,} webhooks posted; {wrong} answers wrong")
    for words, number in count.wrong.most_common(10):
        print(f"  {number} x {words}")
    problems = [f"grows: {each}" for each in grown]
    if wrong > WRONG_MAX * total:
        problems.append("too many wrong answers")
    if not count.posted:
        problems.append("no webhook came")
    print("; ".join(problems) or "nothing grows", flush=True)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
