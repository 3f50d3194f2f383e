"""`make chaos`: minutes of random harm to a whole stack under mixed writes, then all is checked.

Seeded: the seed is printed first and gives the same faults in the same order again. Ends with 1 and
what was wrong, leaving the stack's folder for whoever looks."""

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.faults.checks import (
    check_bus,
    check_order,
    check_services,
    check_told,
    check_views,
    read_log,
)
from tests.faults.faults import FAULTS, PROCESSES, Fault, pause
from tests.faults.house import House, house

CLIENTS = 4
PAUSE_SECONDS_MAX = 8.0
QUIET_SECONDS_MAX = 4.0
READY_SECONDS = 90.0
ANSWERS_BETWEEN = 2
EDGE_BACK_SECONDS = 6.0


class Chaos:
    def __init__(self, at_work: House, seed: int) -> None:
        self._house = at_work
        self._random = random.Random(seed)
        self._edge_died: list[tuple[float, float]] = []
        self.count = 0

    def go_on(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            faults = self._draw()
            print(f"{time.strftime('%H:%M:%S')} {' and '.join(faults)}", flush=True)
            since = time.monotonic()
            self._harm(faults)
            self._house.stack.wait_ready(READY_SECONDS)
            if "haproxy" in faults:
                self._edge_died.append((since, time.monotonic()))
            self._house.load.grow(by=ANSWERS_BETWEEN, seconds=READY_SECONDS)
            self.count += len(faults)
            time.sleep(self._random.uniform(0, QUIET_SECONDS_MAX))

    def _draw(self) -> dict[str, Fault]:
        """One, now and then two at once."""
        count = 2 if self._random.random() < 0.25 else 1
        names = self._random.sample([*FAULTS, *(f"pause {p}" for p in PROCESSES)], count)
        return {name: self._named(name) for name in names}

    def _named(self, name: str) -> Fault:
        if name in FAULTS:
            return FAULTS[name]
        return pause(name.removeprefix("pause "), self._random.uniform(0.5, PAUSE_SECONDS_MAX))

    def _harm(self, faults: dict[str, Fault]) -> None:
        problems: list[str] = []

        def one(name: str, fault: Fault) -> None:
            try:
                fault(self._house.stack)
            except Exception as error:
                problems.append(f"{name}: {error!r}")

        threads = [threading.Thread(target=one, args=item) for item in faults.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # Two faults may hinder one another (nothing can be said to a dead database): only one
        # that fails alone is news.
        if problems and len(faults) == 1:
            raise AssertionError(problems)
        for problem in problems:
            print(f"         hindered: {problem[:200]}", flush=True)

    def failures(self) -> list[tuple[float, str]]:
        """What a user of the running service saw, but for HAProxy's own deaths."""
        return [
            (at, why)
            for at, why in self._house.load.watcher.failures
            if not any(begin <= at <= end + EDGE_BACK_SECONDS for begin, end in self._edge_died)
        ]


async def check_all(at_work: House) -> None:
    told = at_work.load.told()
    log = await read_log(at_work.stack)
    check_order(log)
    check_told(log, told)
    check_services(log, at_work.outpost)
    await check_bus(at_work.stack, len(log.events))
    await check_views(at_work.stack)
    print(f"{len(log.events)} events, {len(told)} answers, all of them there and once", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.chaos")
    parser.add_argument("--seconds", type=float, default=180.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    given = parser.parse_args()
    print(f"seed {given.seed}, {given.seconds:g} s; again with --seed {given.seed}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="cp-chaos-"))
    try:
        with house(folder, clients=CLIENTS) as at_work:
            at_work.load.grow(by=ANSWERS_BETWEEN, seconds=30)
            chaos = Chaos(at_work, given.seed)
            chaos.go_on(given.seconds)
            at_work.load.stop()
            failed = [c.failure for c in at_work.load.clients if c.failure]
            assert not failed, failed
            assert not chaos.failures(), chaos.failures()
            asyncio.run(check_all(at_work))
            watcher = at_work.load.watcher
            print(f"{chaos.count} faults, {watcher.answers} answers of the running service")
    except AssertionError as error:
        print(f"seed {given.seed}: {error}\nThe stack's files are in {folder}.", file=sys.stderr)
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
