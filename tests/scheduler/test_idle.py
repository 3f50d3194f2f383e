"""Who leaves first where there are too many. Pure, over every case."""

from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as some

from services.scheduler.idle import idle_first, surplus
from services.scheduler.model import Leave, Standing
from shared.queries.services import ReplicaDocument
from tests.scheduler.making import (
    SERVING,
    START,
    actions,
    replica,
    seen,
    service,
    situation,
    wanted,
)


def standing(doc: ReplicaDocument) -> Standing:
    return Standing(doc=doc, seen=seen(doc), is_leaving=False)


def made(number: int, state: str, age: int) -> ReplicaDocument:
    return replica(
        f"r{number:02d}",
        "d1",
        state,
        ordinal=number,
        started_at=START - timedelta(seconds=age),
    )


standings = some.lists(
    some.tuples(some.sampled_from(["ready", "starting", "unready"]), some.integers(0, 3)),
    max_size=8,
).map(lambda rows: [standing(made(number, state, age)) for number, (state, age) in enumerate(rows)])
loads = some.dictionaries(
    some.integers(0, 7).map(lambda number: f"r{number:02d}"), some.integers(0, 5)
)


@given(standings, some.integers(0, 8), loads, some.randoms())
def test_who_stays_has_at_least_as_much_to_lose(
    current: list[Standing], count: int, in_flight: dict[str, int], chance: Random
) -> None:
    leaving = surplus(current, count, in_flight)
    staying = [one for one in current if one not in leaving]
    assert len(leaving) == max(0, len(current) - count)

    def worth(one: Standing) -> tuple[bool, int, timedelta]:
        age = START - one.doc.started_at
        return (one.is_ready, in_flight.get(one.doc.id, 0), age)

    for goes in leaving:
        assert all(worth(goes) <= worth(stays) for stays in staying)
    shuffled = list(current)
    chance.shuffle(shuffled)
    assert surplus(shuffled, count, in_flight) == leaving


@given(standings, loads)
def test_of_replicas_that_are_replaced_no_busy_one_leaves_before_an_idle_one(
    current: list[Standing], in_flight: dict[str, int]
) -> None:
    order = [in_flight.get(one.doc.id, 0) for one in idle_first(current, in_flight)]
    assert order == sorted(order)


def test_a_busy_replica_outlives_an_older_idle_one() -> None:
    old, young = made(0, "ready", 90), made(1, "ready", 5)
    of = situation(
        wanted(service(SERVING, SERVING, replicas=1), old, young), in_flight={young.id: 3}
    )
    (leave,) = actions(of)
    assert isinstance(leave, Leave)
    assert leave.doc == old
