"""Checkpoints are signed notes: one spelling, one key, and nothing in between."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shared.proof.block import entry_hash, follows, next_block
from shared.proof.checkpoint import (
    Checkpoint,
    KeyInvalid,
    NoteInvalid,
    Signer,
    Verifier,
    parse_note,
)
from shared.proof.seal import seal

AT = datetime(2026, 11, 17, 14, 2, 11, 123457, tzinfo=UTC)
SIGNER = Signer.new()
BLOCK = next_block(None, first_position=1, entries=[entry_hash(1, AT, bytes(32))])
SEAL = seal(BLOCK, tree_root=bytes(range(32)), sealed_at=AT, signer=SIGNER)


def test_a_note_opens_to_the_checkpoint_that_was_signed() -> None:
    assert SIGNER.verifier.open(SEAL.note()) == SEAL.checkpoint()
    assert SEAL.checkpoint().sealed_at == AT


def test_keys_are_read_back_as_they_were_written() -> None:
    assert Signer.parse(SIGNER.text()).verifier.text() == SIGNER.verifier.text()
    assert Verifier.parse(SIGNER.verifier.text() + "\n").public == SIGNER.verifier.public


def test_a_note_of_another_signer_is_passed_over_and_ours_found() -> None:
    witness = Signer.new()
    line = witness.verifier.note(SEAL.checkpoint(), bytes(64)).splitlines()[-1]
    assert SIGNER.verifier.open(f"{SEAL.note()}{line}\n") == SEAL.checkpoint()


@pytest.mark.parametrize(
    "change",
    [
        {"blocks": 2},
        {"position": 2},
        {"tree_root": bytes(32)},
        {"block_hash": bytes(32)},
        {"sealed_at": datetime(2026, 11, 17, tzinfo=UTC)},
    ],
)
def test_no_field_can_be_changed_under_a_signature(change: dict[str, object]) -> None:
    forged = replace(SEAL.checkpoint(), **change)  # type: ignore[arg-type]  # one field at a time
    assert isinstance(forged, Checkpoint)
    with pytest.raises(NoteInvalid):
        SIGNER.verifier.open(SIGNER.verifier.note(forged, SEAL.signature))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda note: note.replace("\n1\n", "\n01\n", 1),
        lambda note: note.replace("position 1", "position +1"),
        lambda note: note.replace("\n\n", "\nextra\n\n"),
        lambda note: note.replace("\n\n", "\n"),
        lambda note: note.replace("\u2014 ", "- "),
        lambda note: "",
        lambda note: note + "x" * 20_000,
    ],
)
def test_there_is_one_spelling_of_a_note(spoil: object) -> None:
    assert callable(spoil)
    with pytest.raises(NoteInvalid):
        parse_note(spoil(SEAL.note()))


def test_a_note_under_another_key_of_the_same_name_is_refused() -> None:
    thief = Signer(SIGNER.verifier.name, bytes(32))
    forged = seal(BLOCK, tree_root=bytes(32), sealed_at=AT, signer=thief)
    with pytest.raises(NoteInvalid, match="not signed by"):
        SIGNER.verifier.open(forged.note())


@pytest.mark.parametrize("text", ["", "a+b", "PRIVATE+KEY+a+b+c", "log+00000000+AQID", "+++"])
def test_what_is_no_key_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(KeyInvalid) as refused:
        Verifier.parse(text)
    assert not text or text not in str(refused.value)
    with pytest.raises(KeyInvalid):
        Signer.parse(text)


def test_a_public_key_with_one_letter_changed_is_refused() -> None:
    text = SIGNER.verifier.text()
    name, mark, key = text.split("+", 2)
    other = "A" if key[10] != "A" else "B"
    with pytest.raises(KeyInvalid):
        Verifier.parse(f"{name}+{mark}+{key[:10]}{other}{key[11:]}")


def test_blocks_follow_one_another_without_a_gap() -> None:
    second = next_block(BLOCK, first_position=2, entries=[bytes(32)] * 3)
    assert (second.number, second.last_position) == (2, 4)
    assert follows(BLOCK, None)
    assert follows(second, BLOCK)
    assert not follows(second, None)
    assert not follows(replace(second, first_position=3), BLOCK)
    assert not follows(replace(second, previous_hash=bytes(32)), BLOCK)


def test_an_entry_covers_position_time_and_leaf() -> None:
    entry = entry_hash(1, AT, bytes(32))
    assert entry != entry_hash(2, AT, bytes(32))
    assert entry != entry_hash(1, AT.replace(microsecond=123458), bytes(32))
    assert entry != entry_hash(1, AT, bytes(31) + b"\x01")
