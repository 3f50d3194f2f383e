"""Somebody sets the database's clock back: times in the log stand still, and never fall."""

from datetime import datetime, timedelta

import psycopg

from shared.eventstore import Appended, EventStore
from tests.support.commits import commit
from tests.support.postgres import Database

STEP = timedelta(hours=1)


def set_back(database: Database) -> None:
    """An append reads one clock, the database's; here it is an hour behind from now on."""
    with psycopg.connect(database.admin, autocommit=True) as admin:
        found = admin.execute(
            "select pg_get_functiondef(p.oid) from pg_proc p join pg_namespace n"
            " on n.oid = p.pronamespace where n.nspname = 'es' and p.proname = 'append'"
        ).fetchall()
        assert len(found) == 1
        text = str(found[0][0])
        assert text.count("clock_timestamp()") == 1
        admin.execute(text.replace("clock_timestamp()", "clock_timestamp() - interval '1 hour'"))


async def recorded(store: EventStore) -> list[datetime]:
    return [event.recorded_at for event in await store.read_log(0, 100)]


async def test_times_never_fall_and_a_moment_is_still_a_position(database: Database) -> None:
    store = await EventStore.open(database.command, pool_max=2)
    for number in range(3):
        await store.append(commit(f"service-before-{number}"))
    before = await recorded(store)
    set_back(database)
    for number in range(3):
        verdict = await store.append(commit(f"service-after-{number}"))
        assert verdict == Appended(position=4 + number, version=1)
    after = await recorded(store)
    assert after == sorted(after)
    assert after[:3] == before
    assert set(after[3:]) == {before[-1]}
    assert await store.position_at(before[-1]) == 6
    assert await store.position_at(before[0] - STEP) == 0
    await store.close()
