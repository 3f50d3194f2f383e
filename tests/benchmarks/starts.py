"""How long things take to start: the stack, and a replica to its first routed byte."""

import time

from tests.support.apps import echo
from tests.support.git import push
from tests.support.outpost import admin
from tests.support.stack import Stack


def replica_to_first_byte(stack: Stack, rounds: int = 5) -> list[float]:
    """Seconds from the create's answer to the first 200 through the edge, a new service each."""
    outpost = admin(stack)
    took: list[float] = []
    for number in range(rounds):
        name = f"first{number}"
        push(stack.repositories, f"default/{name}", echo())
        answer = outpost.create(name=name, repo=f"default/{name}")
        assert answer.status == 201, answer
        started = time.perf_counter()
        # The edge holds the request until the first replica is ready.
        while outpost.traffic(name, "/health", seconds=60).status != 200:
            time.sleep(0.02)
        took.append(time.perf_counter() - started)
        outpost.delete(name, force=True)
    return took


def start_seconds(stack: Stack) -> float:
    started = time.perf_counter()
    stack.start()
    return time.perf_counter() - started
