"""A stack of one's own, a service that is watched, clients that write: what faults happen to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.load import Client, Load, Watcher
from tests.support.apps import echo
from tests.support.git import push
from tests.support.outpost import Outpost, admin
from tests.support.stack import Stack, running_stack

WATCHED = "watched"


@dataclass(frozen=True, slots=True)
class House:
    stack: Stack
    outpost: Outpost
    load: Load


@contextmanager
def house(folder: Path, *, clients: int) -> Iterator[House]:
    with running_stack(folder) as stack:
        outpost = admin(stack)
        push(stack.repositories, f"default/{WATCHED}", echo())
        made = outpost.create(name=WATCHED, repo=f"default/{WATCHED}")
        assert made.status == 201, made
        outpost.wait_status(WATCHED, "running")
        reader = outpost.ops("POST", "users", {"handle": "reader", "name": "reader"})
        assert reader.status == 201, reader
        load = Load(
            clients=[Client(outpost, f"c{n}", reader.body["id"]) for n in range(clients)],
            watcher=Watcher(outpost, WATCHED),
        ).start()
        try:
            yield House(stack, outpost, load)
        finally:
            load.stop()
