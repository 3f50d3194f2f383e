"""The log is sealed while it grows: dense blocks, one chain, one witness, whatever crashes."""

import asyncio
import json

import pytest

from services.sealer.ledger import Ledger, RowForged
from services.sealer.sealing import BLOCKS_AT_ONCE, NotOurs
from shared.eventstore import LogHole
from shared.proof.block import BLOCK_EVENTS_MAX, entry_hash, follows
from shared.proof.checkpoint import NoteInvalid, Signer
from shared.proof.merkle import Frontier, root_of
from shared.proof.seal import Seal
from shared.runtime.shutdown import Shutdown
from tests.proof.office import Office


async def all_seals(office: Office) -> list[Seal]:
    return await Ledger(office.reader).seals(after=0, limit=1000)


def witnessed(office: Office) -> list[int]:
    lines = office.witness_file.read_text().splitlines()
    return [int(json.loads(line)["blocks"]) for line in lines]


async def check_everything_is_sealed(office: Office) -> None:
    seals, tree, last = await all_seals(office), Frontier(), None
    for seal in seals:
        assert follows(seal.block, last)
        last = seal.block
        tree.append(last.hash)
        assert seal.tree_root == tree.root()
        assert seal.is_signed_by(office.signer.verifier)
        events = await office.store.read_log(last.first_position - 1, last.size)
        entries = [entry_hash(e.position, e.recorded_at, e.leaf) for e in events]
        assert root_of(entries) == last.root
    assert (last.last_position if last else 0) == await office.store.head()
    assert witnessed(office) == list(range(1, len(seals) + 1))


async def test_everything_is_sealed_while_many_append(office: Office) -> None:
    shutdown = Shutdown()
    sealing = office.sealing()
    work = asyncio.create_task(sealing.run(shutdown))
    await asyncio.gather(
        *(office.append(f"service-{n}", events=20) for n in range(60)),
        *(office.append(f"service-more{n}", events=3) for n in range(60)),
    )
    shutdown.ask()
    await asyncio.wait_for(work, 5)
    assert sealing.problem is None
    assert await office.store.head() == 60 * 23
    await check_everything_is_sealed(office)
    assert office.signer.verifier.open(office.told[-1]).position == 60 * 23


async def test_a_backlog_is_sealed_in_blocks_of_a_thousand(office: Office) -> None:
    for n in range(5):
        await office.append(f"service-{n}", events=500)
    await office.seal_all()
    sizes = [seal.block.size for seal in await all_seals(office)]
    assert sizes == [BLOCK_EVENTS_MAX, BLOCK_EVENTS_MAX, 500]
    assert BLOCKS_AT_ONCE > 3
    await check_everything_is_sealed(office)


async def test_nothing_new_makes_no_block(office: Office) -> None:
    sealing = await office.seal_all()
    assert await sealing.seal_next() == 0
    assert await all_seals(office) == []


async def test_a_sealer_that_starts_again_goes_on_where_the_last_one_was(office: Office) -> None:
    for _ in range(3):
        await office.append("service-a", events=2)
        await office.seal_all()
    assert [seal.block.number for seal in await all_seals(office)] == [1, 2, 3]
    await check_everything_is_sealed(office)


async def test_a_checkpoint_that_a_crash_kept_from_the_witness_is_caught_up(
    office: Office,
) -> None:
    for _ in range(4):
        await office.append("service-a")
        await office.seal_all()
    lines = office.witness_file.read_text().splitlines(keepends=True)
    office.witness_file.write_text("".join(lines[:2]) + lines[2][:40])
    await office.append("service-a")
    await office.seal_all()
    whole = [
        line
        for line in office.witness_file.read_text().splitlines()
        if line.startswith("{") and line.endswith("}")
    ]
    assert [json.loads(line)["blocks"] for line in whole] == [1, 2, 3, 4, 5]


async def test_a_witness_that_is_away_does_not_stop_the_sealing(office: Office) -> None:
    sealing = await office.seal_all()
    office.witness_file.parent.write_text("a file where the folder should be")
    await office.append("service-a")
    assert await sealing.seal_next() == 1
    assert "File exists" in str(sealing.witness_problem)
    office.witness_file.parent.unlink()
    await office.append("service-a")
    assert await sealing.seal_next() == 1
    assert sealing.witness_problem is None
    await check_everything_is_sealed(office)


async def test_two_sealers_never_make_two_chains(office: Office) -> None:
    one, two = await office.seal_all(), await office.seal_all()
    await office.append("service-a")
    assert await one.seal_next() == 1
    await office.append("service-a")
    with pytest.raises(NotOurs, match="faster"):
        await two.seal_next()
    await two.open()
    assert await two.seal_next() == 1
    await check_everything_is_sealed(office)


async def test_an_insert_that_was_sent_twice_is_one_block(office: Office) -> None:
    sealing = await office.seal_all()
    await office.append("service-a")
    ledger = Ledger(office.reader)
    add = ledger.add

    async def twice(seals: list[Seal]) -> None:
        await add(seals)
        await add(seals)

    ledger.add = twice  # type: ignore[assignment,method-assign]  # what a retry does
    sealing._ledger = ledger
    assert await sealing.seal_next() == 1
    await check_everything_is_sealed(office)


async def test_a_chain_of_another_key_is_not_continued(office: Office) -> None:
    await office.append("service-a")
    await office.seal_all()
    office.signer = Signer.new()
    with pytest.raises(NoteInvalid):
        await office.sealing().open()
    office.witness_file.unlink()
    with pytest.raises(NotOurs, match="key"):
        await office.sealing().open()


async def test_a_log_that_the_witness_contradicts_is_not_continued(office: Office) -> None:
    await office.append("service-a", events=3)
    await office.seal_all()
    office.as_superuser("delete from es.block")
    with pytest.raises(NotOurs, match="the database only 0"):
        await office.sealing().open()
    # Sealed again by the right key, after the times were changed: another block 1.
    office.as_superuser("update es.event set recorded_at = recorded_at - interval '1 day'")
    kept = office.witness_file.read_text()
    office.witness_file.unlink()
    await office.seal_all()
    office.witness_file.write_text(kept)
    with pytest.raises(NotOurs, match="another block 1"):
        await office.sealing().open()


async def test_an_edited_block_is_not_continued(office: Office) -> None:
    await office.append("service-a", events=3)
    await office.seal_all()
    office.as_superuser("update es.block set last_position = 2")
    with pytest.raises(RowForged):
        await office.sealing().open()


async def test_a_hole_in_the_log_stops_the_sealing_loudly(office: Office) -> None:
    await office.append("service-a", events=3)
    office.as_superuser("delete from es.event where position = 2")
    sealing = office.sealing()
    await sealing.open()
    with pytest.raises(LogHole):
        await sealing.seal_next()
    shutdown = Shutdown()
    work = asyncio.create_task(sealing.run(shutdown))
    for _ in range(100):
        await asyncio.sleep(0.02)
        if sealing.problem:
            break
    shutdown.ask()
    await asyncio.wait_for(work, 5)
    assert sealing.problem is not None
    assert "LogHole" in sealing.problem
