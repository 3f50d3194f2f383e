"""Every shape of an event that was ever written still loads: golden JSON, never edited, only added.

`<type>.v<version>.json` is the shape as that version was born. A field that came later, with a
default for what was written before, gets a file beside it: `<type>.v<version>.<what came>.json`."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.domain.catalog import EVENTS
from shared.envelope.codec import Undecodable, encode, name_of
from shared.envelope.event import decode_event

GOLDEN = Path(__file__).parent / "golden"
FILES = sorted(GOLDEN.glob("*.json"))
_STEM = re.compile(r"([a-z_]+\.[a-z_]+)\.v([1-9][0-9]*)(?:\.[a-z_]+)?\Z")


def text_of(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def shape_of(file: Path) -> tuple[str, int]:
    match = _STEM.match(file.stem)
    assert match is not None, f"{file.name} is not called as a shape is"
    return match.group(1), int(match.group(2))


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_type_has_a_golden_json_of_every_version(name: str) -> None:
    for version in range(1, EVENTS[name][1] + 1):
        file = GOLDEN / f"{name}.v{version}.json"
        assert file.is_file(), f"write {file.name}, as the log will hold it"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_shape_ever_written_still_loads_with_all_it_says(file: Path) -> None:
    name, version = shape_of(file)
    event = decode_event(name, version, text_of(file))
    assert name_of(event) == name
    if version == EVENTS[name][1]:
        written = json.loads(encode(event))
        golden = json.loads(text_of(file))
        assert told_of(written, golden) == golden


def told_of(written: Any, golden: Any) -> Any:
    """Of what is written today that which the golden JSON tells: values inside get fields, too."""
    if isinstance(written, dict) and isinstance(golden, dict):
        return {key: told_of(written.get(key), golden[key]) for key in golden}
    if isinstance(written, list) and isinstance(golden, list) and len(written) == len(golden):
        return [told_of(*pair) for pair in zip(written, golden, strict=True)]
    return written


@pytest.mark.parametrize("name", EVENTS)
def test_every_field_of_an_event_is_in_one_golden_json_at_least(name: str) -> None:
    version = EVENTS[name][1]
    texts = [text_of(file) for file in FILES if shape_of(file) == (name, version)]
    shown = {place for text in texts for place in places_of(json.loads(text))}
    written = {
        place
        for text in texts
        for place in places_of(json.loads(encode(decode_event(name, version, text))))
    }
    assert not (missing := sorted(written - shown)), (
        f"add {name}.v{version}.<what came>.json beside the others, with {missing}"
    )


def places_of(value: Any, at: str = "") -> Iterator[str]:
    """Every field by its path, those of values inside included; the items of a list are one."""
    if isinstance(value, dict):
        for name, held in value.items():
            yield f"{at}{name}"
            yield from places_of(held, f"{at}{name}.")
    elif isinstance(value, list):
        for item in value:
            yield from places_of(item, at)


@pytest.mark.parametrize("name", EVENTS)
def test_a_version_that_is_not_known_is_refused_and_never_guessed(name: str) -> None:
    newest = EVENTS[name][1]
    with pytest.raises(Undecodable):
        decode_event(name, newest + 1, text_of(GOLDEN / f"{name}.v{newest}.json"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_golden_json_holds_a_secret_in_the_clear(file: Path) -> None:
    assert '"text"' not in text_of(file)
