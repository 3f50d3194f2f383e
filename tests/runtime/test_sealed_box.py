"""Texts for one reader: nobody else opens them, for no other purpose, and not a changed one."""

import base64

import pytest

from shared.runtime.sealed_box import NotForUs, Reader, seal

TEXT = "-----BEGIN PRIVATE KEY-----\nsecret\n"


def test_the_reader_opens_what_was_sealed_to_it_and_nothing_of_it_shows() -> None:
    reader = Reader()
    box = seal(TEXT, reader.public_key, "shop.example")
    assert reader.open(box, "shop.example") == TEXT
    assert b"secret" not in base64.b64decode(box)
    assert seal(TEXT, reader.public_key, "shop.example") != box


def test_another_reader_another_purpose_and_a_changed_box_open_nothing() -> None:
    reader = Reader()
    box = seal(TEXT, reader.public_key, "shop.example")
    raw = bytearray(base64.b64decode(box))
    raw[-1] ^= 1
    changed = base64.b64encode(raw).decode()
    for who, what, purpose in (
        (Reader(), box, "shop.example"),
        (reader, box, "thief.example"),
        (reader, changed, "shop.example"),
        (reader, "", "shop.example"),
        (reader, "no base64!", "shop.example"),
    ):
        with pytest.raises(NotForUs):
            who.open(what, purpose)


@pytest.mark.parametrize("key", ["", "AAAA", "no base64!"])
def test_what_is_no_key_seals_nothing(key: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        seal(TEXT, key, "shop.example")
