"""The AsyncAPI document: current, complete, and without a dangling reference."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from shared.bus.asyncapi import FILE, document, golden_example, render
from shared.bus.subjects import PROCESSES, SUBJECTS
from shared.domain.catalog import COMMANDS, EVENTS
from shared.envelope.codec import encode
from shared.queries.catalog import QUESTIONS
from tests.contracts.examples import example_of


@pytest.fixture(scope="module")
def written() -> dict[str, Any]:
    return document(golden_example)


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def at(root: Any, reference: str) -> Any:
    for token in reference.removeprefix("#/").split("/"):
        root = root[token]
    return root


def test_the_file_is_current() -> None:
    assert FILE.read_text(encoding="utf-8") == render(golden_example), (
        "run python -m shared.bus.asyncapi"
    )


def test_every_reference_leads_somewhere(written: dict[str, Any]) -> None:
    for reference in set(references(written)):
        assert at(written, reference) is not None, reference


def test_every_subject_is_a_channel_with_its_publishers_and_listeners(
    written: dict[str, Any],
) -> None:
    assert len(written["channels"]) == len(SUBJECTS)
    sent = [o for o in written["operations"].values() if o["action"] == "send"]
    heard = [o for o in written["operations"].values() if o["action"] == "receive"]
    assert len(sent) == sum(len(row.publishers) for row in SUBJECTS)
    assert len(heard) == sum(len(row.listeners) for row in SUBJECTS)


def test_wildcards_are_parameters_and_no_star_is_left(written: dict[str, Any]) -> None:
    channels = {channel["address"]: channel for channel in written["channels"].values()}
    assert not any("*" in address or ">" in address for address in channels)
    events = channels["events.{account_id}.{stream_type}.{stream_id}.{event}"]
    assert list(events["parameters"]) == ["account_id", "stream_type", "stream_id", "event"]
    assert "commands.prober.{aggregate}" in channels
    assert channels["health.{process}"]["parameters"]["process"]["enum"] == list(PROCESSES)


def test_every_command_question_and_event_is_a_message(written: dict[str, Any]) -> None:
    named = {message["name"] for message in written["components"]["messages"].values()}
    assert named == {*COMMANDS, *QUESTIONS, *EVENTS}


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_shows_its_golden_json(written: dict[str, Any], name: str) -> None:
    message = written["components"]["messages"][name.replace(".", "_")]
    (example,) = message["examples"]
    assert example["payload"]["data"] == golden_example(name, EVENTS[name][1])


@pytest.mark.parametrize("name", [*COMMANDS, *QUESTIONS, *EVENTS])
def test_a_schema_has_the_fields_that_are_written(written: dict[str, Any], name: str) -> None:
    schemas = written["components"]["schemas"]
    schema = at(written, schemas[name]["$ref"]) if "$ref" in schemas[name] else schemas[name]
    cls = {**COMMANDS, **QUESTIONS, **{n: c for n, (c, _) in EVENTS.items()}}[name]
    assert set(schema.get("properties", {})) == set(json.loads(encode(example_of(cls))))


def test_unset_is_nowhere_spelled(written: dict[str, Any]) -> None:
    assert "unset" not in json.dumps(written).lower().replace("\\u0000", "")
