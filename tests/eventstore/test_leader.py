"""One leads; whoever led before is fenced by the epoch, whether he knows it or not."""

import asyncio
from dataclasses import replace

import psycopg
import pytest

from shared.eventstore import Appended, EpochStale, EventStore
from shared.eventstore.leader import Leader, Term
from tests.support.commits import commit
from tests.support.postgres import Database

OTHER_ID = "00000000-0000-8000-8000-000000000001"


class Office:
    """What a leading process would do: it notes its term and stays until it is put out."""

    def __init__(self) -> None:
        self.terms: list[Term] = []
        self.entered = asyncio.Event()

    async def lead(self, term: Term) -> None:
        self.terms.append(term)
        self.entered.set()
        await asyncio.Event().wait()


async def _put_out(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_only_one_leads_and_the_next_takes_over_with_a_higher_epoch(
    database: Database, event_store: EventStore
) -> None:
    first, second = Office(), Office()
    one = asyncio.create_task(
        Leader(database.scheduler, name="scheduler", holder="one").run(first.lead)
    )
    await asyncio.wait_for(first.entered.wait(), 5)
    two = asyncio.create_task(
        Leader(database.scheduler, name="scheduler", holder="two").run(second.lead)
    )
    await asyncio.sleep(0.2)
    assert second.terms == []

    old = commit("service-a", epoch=first.terms[0].epoch)
    assert isinstance(await event_store.append(old), Appended)
    await _put_out(one)
    assert first.terms[0].lost.is_set()
    await asyncio.wait_for(second.entered.wait(), 5)
    assert second.terms[0].epoch == first.terms[0].epoch + 1
    assert await event_store.append(replace(old, stream="service-b", command_id=OTHER_ID)) == (
        EpochStale()
    )
    new = commit("service-b", epoch=second.terms[0].epoch)
    assert isinstance(await event_store.append(new), Appended)
    await _put_out(two)


async def test_a_leader_whose_connection_is_cut_is_told_and_leads_again(
    database: Database,
) -> None:
    office = Office()
    task = asyncio.create_task(
        Leader(database.scheduler, name="scheduler", holder="one").run(office.lead)
    )
    await asyncio.wait_for(office.entered.wait(), 5)
    office.entered.clear()
    with psycopg.connect(database.admin) as admin:
        admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = 'leader-scheduler' and datname = current_database()"
        )
    await asyncio.wait_for(office.terms[0].lost.wait(), 5)
    await asyncio.wait_for(office.entered.wait(), 5)
    assert [term.epoch for term in office.terms] == [1, 2]
    await _put_out(task)


async def test_offices_of_other_names_do_not_disturb(database: Database) -> None:
    scheduler, relay = Office(), Office()
    tasks = (
        asyncio.create_task(
            Leader(database.scheduler, name="scheduler", holder="a").run(scheduler.lead)
        ),
        asyncio.create_task(Leader(database.command, name="relay", holder="b").run(relay.lead)),
    )
    await asyncio.wait_for(scheduler.entered.wait(), 5)
    await asyncio.wait_for(relay.entered.wait(), 5)
    await _put_out(*tasks)


async def test_a_failure_of_the_work_itself_is_not_hidden(database: Database) -> None:
    async def stumble(_: Term) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Leader(database.scheduler, name="scheduler", holder="a").run(stumble)
