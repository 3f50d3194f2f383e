"""The checker of faults finds what it looks for: each kind of harm, made by hand, is seen."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.eventstore import ChainBroken
from shared.eventstore.memory import MemoryStore
from tests.faults.checks import Log, check_order, check_told
from tests.faults.load import Told
from tests.support.commits import commit, event

CREATED = Told(kind="create", name="a", status=201, position=1)
UPDATED = Told(kind="update", name="a", status=200, position=2, detail="4")
GRANTED = Told(kind="grant", name="a", status=201, position=3, detail="mark.a")
DELETED = Told(kind="delete", name="a", status=204, position=4)
TOLD = [CREATED, UPDATED, GRANTED, DELETED]


async def appended(store: MemoryStore, stream: str, type_: str, data: dict[str, Any]) -> None:
    past = await store.read(stream)
    await store.append(commit(stream, event(json.dumps(data), type_), past=past))


async def whole() -> Log:
    """A life of one service, as the clients of the load live it."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    times = iter(now + timedelta(seconds=n) for n in range(1000))
    store = MemoryStore(now=lambda: next(times))
    await appended(store, "service-s1", "service.registered", {"service_id": "s1", "name": "a"})
    revised = {"service_id": "s1", "workload": {"replicas_max": 4}}
    await appended(store, "service-s1", "service.workload_revised", revised)
    await appended(store, "grant-g1", "grant.given", {"grant_id": "g1", "action": "mark.a"})
    await appended(store, "service-s1", "service.removed", {"service_id": "s1"})
    return Log(tuple(await store.read_log(0, 100)))


def twice(log: Log, position: int) -> Log:
    """As if the command had been decided again under another id."""
    again = replace(log.events[position - 1], position=len(log.events) + 1, command_id="another")
    return Log((*log.events, again))


def without(log: Log, position: int) -> Log:
    kept = [one for one in log.events if one.position != position]
    return Log(tuple(replace(one, position=n) for n, one in enumerate(kept, start=1)))


async def test_a_log_that_holds_what_was_told_passes() -> None:
    log = await whole()
    check_order(log)
    check_told(log, TOLD)


@pytest.mark.parametrize("position", [2, 3, 4])
async def test_what_was_told_and_is_not_there_is_seen(position: int) -> None:
    with pytest.raises(AssertionError):
        check_told(without(await whole(), position), TOLD)


@pytest.mark.parametrize("position", [1, 2, 3, 4])
async def test_what_is_there_twice_is_seen(position: int) -> None:
    with pytest.raises(AssertionError):
        check_told(twice(await whole(), position), TOLD)


async def test_what_was_refused_and_is_there_is_seen() -> None:
    with pytest.raises(AssertionError):
        check_told(await whole(), [CREATED, replace(UPDATED, status=409)])


async def test_another_value_than_the_one_told_is_seen() -> None:
    with pytest.raises(AssertionError):
        check_told(await whole(), [CREATED, replace(UPDATED, detail="5")])


async def test_a_hole_in_the_positions_is_seen() -> None:
    log = await whole()
    with pytest.raises(AssertionError):
        check_order(Log(log.events[:1] + log.events[2:]))


async def test_a_time_that_goes_back_is_seen() -> None:
    first, *rest = (await whole()).events
    late = replace(first, recorded_at=datetime(2030, 1, 1, tzinfo=UTC))
    with pytest.raises(AssertionError):
        check_order(Log((late, *rest)))


async def test_a_changed_event_and_a_lost_version_are_seen() -> None:
    log = await whole()
    changed = replace(log.events[0], data='{"service_id": "s1", "name": "b"}')
    for harmed in ((changed, *log.events[1:]), without(log, 2).events):
        with pytest.raises(ChainBroken):
            check_order(Log(tuple(harmed)))
