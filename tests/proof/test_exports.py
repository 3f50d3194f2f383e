"""An export says everything that was recorded, and proves it with nothing but itself and a key."""

import json

import pytest

from shared.access.index import AccessIndex
from shared.domain.rejections import Forbidden, Invalid, NotFound
from shared.envelope.codec import encode
from shared.eventstore.reader import Reader
from shared.eventstore.verify_export import SELF_SIGNED, verify_export
from shared.kernel.actor import Actor
from shared.proof.block import entry_hash
from shared.proof.export_format import read_lines, text_of
from shared.proof.merkle import is_consistent, root_from_path
from shared.queries.integrity import (
    ConsistencyDocument,
    GetConsistency,
    GetIntegrity,
    GetProof,
    ListBlocks,
    LoggedEvent,
    ProofDocument,
    ReadLog,
)
from tests.proof.office import ACCOUNT, OTHER_ACCOUNT, Office
from tests.proof.source import View, exported, view_of


async def grown(office: Office) -> int:
    """Several blocks of several streams of two accounts, all sealed."""
    for _ in range(3):
        await office.fill(streams=6, events=3)
        await office.seal_all()
    return await office.store.head()


async def test_the_whole_log_is_exported_as_it_was_recorded(office: Office) -> None:
    head = await grown(office)
    lines = await exported(office)
    events = [line for line in read_lines(lines) if isinstance(line, LoggedEvent)]
    recorded = await office.store.read_log(0, 1000)
    assert [event.position for event in events] == list(range(1, head + 1))
    for event, original in zip(events, recorded, strict=True):
        for name in LoggedEvent.__dataclass_fields__:
            if name in ("leaf", "data", "is_base64", "block_number", "path"):
                continue
            assert getattr(event, name) == getattr(original, name), name
        assert (text_of(event), event.leaf) == (original.data, original.leaf.hex())
    report = verify_export(lines, pinned=office.signer.verifier)
    assert (report.finding, report.events, report.blocks, report.streams) == (None, head, 3, 6)
    assert report.trust == "by the key you gave"


async def test_without_key_and_checkpoint_it_says_what_it_cannot_show(office: Office) -> None:
    await grown(office)
    report = verify_export(await exported(office))
    assert report.ok
    assert report.trust == SELF_SIGNED


async def test_an_account_gets_its_own_events_and_can_prove_them(office: Office) -> None:
    await grown(office)
    lines = await exported(office, ACCOUNT)
    events = [line for line in read_lines(lines) if isinstance(line, LoggedEvent)]
    assert len(events) == 3 * 3 * 4
    assert {event.account_id for event in events} == {ACCOUNT}
    assert OTHER_ACCOUNT.encode() not in b"".join(lines)
    witnessed = [json.loads(line)["note"] for line in office.witness_file.open()]
    report = verify_export(lines, pinned=office.signer.verifier, outside=witnessed)
    assert (report.finding, report.events, report.outside) == (None, 36, 3)


async def test_an_empty_log_is_an_export_too(office: Office) -> None:
    report = verify_export(await exported(office), pinned=office.signer.verifier)
    assert (report.finding, report.events, report.to_position) == (None, 0, 0)
    assert verify_export(await exported(office, ACCOUNT)).ok


async def test_an_export_ends_where_the_seals_do(office: Office) -> None:
    sealed = await grown(office)
    await office.append("service-a")
    report = verify_export(await exported(office))
    assert (report.finding, report.to_position) == (None, sealed)


async def test_data_comes_out_byte_for_byte_however_long_and_odd(office: Office) -> None:
    odd = [
        '{"b":1, "a":  2.0, "a": "twice", "n": 12345678901234567890123, "e": 1e400}',
        '{"t": "\\u0041 \\" \\\\ \u2028 \U0001f600"}',
        '{"long": "' + '\\"' * 200_000 + '"}',
    ]
    for data in odd:
        await office.append("service-a", data=data)
    await office.seal_all()
    for account_id in (None, ACCOUNT):
        lines = await exported(office, account_id)
        events = [line for line in read_lines(lines) if isinstance(line, LoggedEvent)]
        assert [text_of(event) for event in events] == odd
        assert verify_export(lines).ok


async def test_a_page_fits_a_message_of_the_bus(office: Office) -> None:
    for size in (1_000, 120_000, 400_000, 60_000):
        await office.append("service-a", data='{"x": "' + '\\"' * (size // 2) + '"}')
    await office.append("service-a", events=400)
    await office.seal_all()
    async with view_of(office) as view:
        for account_id in (None, ACCOUNT):
            after: int | None = 0
            seen = 0
            while after is not None:
                page = await view.log(ReadLog(account_id=account_id, after=after))
                assert len(page.events) == 1 or len(encode(page)) < 300_000
                assert len(encode(page)) < 1_000_000
                seen += len(page.events)
                after = page.next_after
            assert seen == 404
        blocks = await view.blocks(ListBlocks(entries=True))
        assert len(encode(blocks)) < 300_000


async def test_events_of_chosen_types_are_read_page_by_page(office: Office) -> None:
    await grown(office)
    async with view_of(office) as view:
        page = await view.log(ReadLog(account_id=None, limit=5, types=("service_registered",)))
        assert [event.position for event in page.events] == [1, 2, 3, 4, 5]
        assert page.next_after == 5
        none = await view.log(ReadLog(account_id=ACCOUNT, types=("never",)))
        assert (none.events, none.next_after) == ((), None)


async def test_each_event_is_proved_by_the_checkpoint_of_its_block(office: Office) -> None:
    head = await grown(office)
    async with view_of(office) as view:
        for position in range(1, head + 1):
            proof = await view.ask(GetProof(position=position))
            assert isinstance(proof, ProofDocument)
            checkpoint = office.signer.verifier.open(proof.checkpoint)
            entry = entry_hash(position, proof.recorded_at, bytes.fromhex(proof.leaf))
            block = proof.block
            root = root_from_path(
                entry,
                index=position - block.first_position,
                size=block.last_position - block.first_position + 1,
                path=tuple(bytes.fromhex(step) for step in proof.path),
            )
            assert root is not None
            assert root.hex() == block.root
            assert checkpoint.block_hash.hex() == block.hash
        await office.append("service-a")
        assert isinstance(await view.ask(GetProof(position=head + 1)), Invalid)
        assert isinstance(await view.ask(GetProof(position=head + 2)), NotFound)


async def test_each_checkpoint_is_shown_to_continue_each_older_one(office: Office) -> None:
    await grown(office)
    async with view_of(office) as view:
        for old_blocks in (1, 2, 3):
            document = await view.ask(GetConsistency(old_blocks=old_blocks))
            assert isinstance(document, ConsistencyDocument)
            old = office.signer.verifier.open(document.old_checkpoint)
            new = office.signer.verifier.open(document.new_checkpoint)
            assert (old.blocks, new.blocks) == (old_blocks, 3)
            assert is_consistent(
                old.tree_root,
                new.tree_root,
                old_size=old.blocks,
                new_size=new.blocks,
                path=tuple(bytes.fromhex(step) for step in document.path),
            )
        assert isinstance(await view.ask(GetConsistency(old_blocks=4)), NotFound)
        assert isinstance(await view.ask(GetConsistency(old_blocks=3, new_blocks=2)), Invalid)
        state = await view.integrity(GetIntegrity())
        assert (state.head, state.sealed_to, state.blocks) == (54, 54, 3)
        assert state.public_key == office.signer.verifier.text()


@pytest.mark.parametrize("account_id", [ACCOUNT, "65f0c1a2b3c4d5e6f7a8b000"])
async def test_who_has_no_right_sees_no_event_and_not_even_that_it_is_there(
    office: Office, account_id: str
) -> None:
    await grown(office)
    reader = await Reader.open(office.database.query, pool_max=1)
    stranger = Actor(kind="user", id="65f0c1a2b3c4d5e6f7a8b111", credential_id="k")
    view = View(reader, asker=stranger, index=AccessIndex())
    assert await view.ask(ReadLog(account_id=account_id)) == NotFound(
        kind="account", key=account_id
    )
    assert isinstance(await view.ask(ReadLog(account_id=None)), Forbidden)
    assert isinstance(await view.ask(ListBlocks(entries=True)), Forbidden)
    assert isinstance(await view.ask(GetProof(position=1)), NotFound)
    await reader.close()
