"""Every shape of an event that was ever written still loads: golden JSON, never edited, only added.

A new event type or schema version needs its file; a renamed field shows as a file that has changed
its meaning or does not load any more."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.domain.catalog import EVENTS
from shared.envelope.codec import Undecodable, encode, name_of
from shared.envelope.event import decode_event

GOLDEN = Path(__file__).parent / "golden"
FILES = sorted(GOLDEN.glob("*.json"))
CURRENT = [f"{name}.v{version}" for name, (_, version) in EVENTS.items()]


def golden(stem: str) -> Any:
    return json.loads((GOLDEN / f"{stem}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("stem", CURRENT)
def test_every_event_type_has_its_golden_json(stem: str) -> None:
    assert (GOLDEN / f"{stem}.json").is_file(), f"write {stem}.json, as the log will hold it"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_shape_ever_written_still_loads(file: Path) -> None:
    name, _, version = file.stem.rpartition(".v")
    event = decode_event(name, int(version), file.read_text(encoding="utf-8"))
    assert name_of(event) == name


@pytest.mark.parametrize("stem", CURRENT)
def test_the_newest_shape_is_written_as_it_is_read(stem: str) -> None:
    name, _, version = stem.rpartition(".v")
    event = decode_event(name, int(version), json.dumps(golden(stem)))
    assert json.loads(encode(event)) == golden(stem)


@pytest.mark.parametrize("stem", CURRENT)
def test_no_golden_json_leaves_a_field_to_its_default(stem: str) -> None:
    name = stem.rpartition(".v")[0]
    cls: Any = EVENTS[name][0]
    assert set(golden(stem)) == set(cls.__dataclass_fields__)


def test_events_of_every_version_before_the_newest_have_a_file_too() -> None:
    for name, (_, newest) in EVENTS.items():
        for version in range(1, newest + 1):
            assert (GOLDEN / f"{name}.v{version}.json").is_file()


def test_a_version_that_is_not_known_is_refused_and_never_guessed() -> None:
    for name, (_, newest) in EVENTS.items():
        with pytest.raises(Undecodable):
            decode_event(name, newest + 1, json.dumps(golden(f"{name}.v{newest}")))


def test_no_golden_json_holds_a_secret_in_the_clear() -> None:
    for file in FILES:
        assert '"text"' not in file.read_text(encoding="utf-8"), file.name
