"""The hash chain of a stream shows what was done to it behind the store's back."""

from dataclasses import replace

import psycopg
import pytest

from shared.eventstore import ChainBroken, EventStore, InconsistentCommit
from shared.eventstore.chain import verify
from tests.support.commits import commit, event
from tests.support.postgres import Database

EDITS = (
    "update es.event set data = '{}' where version = 2",
    "update es.event set actor = 'user:somebody-else' where version = 2",
    "update es.event set reason = 'CHG-1' where version = 2",
    "update es.event set account_id = 'other' where version = 2",
    "update es.event set leaf = sha256('x') where version = 3",
    "delete from es.event where version = 2",
)


@pytest.mark.parametrize("edit", EDITS)
async def test_a_superusers_edit_breaks_the_chain(
    database: Database, event_store: EventStore, edit: str
) -> None:
    await event_store.append(commit("service-a", event(), event(), event()))
    assert verify((await event_store.read("service-a")).events) is not None
    with psycopg.connect(database.admin, autocommit=True) as admin:
        admin.execute("alter table es.event disable trigger append_only")
        admin.execute(edit)
        admin.execute("alter table es.event enable always trigger append_only")
    with pytest.raises(ChainBroken) as broken:
        verify((await event_store.read("service-a")).events)
    assert broken.value.stream == "service-a"


async def test_a_replaced_head_stops_the_next_commit(
    database: Database, event_store: EventStore
) -> None:
    await event_store.append(commit("service-a"))
    past = await event_store.read("service-a")
    with psycopg.connect(database.admin, autocommit=True) as admin:
        admin.execute("update es.stream set leaf = sha256('x')")
    with pytest.raises(InconsistentCommit):
        await event_store.append(commit("service-a", past=past))


async def test_a_part_of_a_chain_is_verified_from_a_known_leaf(event_store: EventStore) -> None:
    await event_store.append(commit("service-a", event(), event(), event()))
    first, second, third = (await event_store.read("service-a")).events
    assert verify((second, third), previous=first.leaf, version=1) == third.leaf
    with pytest.raises(ChainBroken):
        verify((third,), previous=first.leaf, version=2)


async def test_texts_that_join_alike_hash_apart(event_store: EventStore) -> None:
    await event_store.append(commit("service-a", surface="ab", reason="c"))
    (written,) = (await event_store.read("service-a")).events
    with pytest.raises(ChainBroken):
        verify((replace(written, surface="a", reason="bc"),))
