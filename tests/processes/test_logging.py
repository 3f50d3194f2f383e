"""Log lines: JSON, ASCII, correlated, and silent about source lines."""

import json
import logging

from shared.runtime.logging import FIELD_LENGTH_MAX, JsonLines, correlated


def line(record: logging.LogRecord) -> dict[str, object]:
    text = JsonLines("command").format(record)
    assert text.isascii()
    assert "\n" not in text
    parsed: dict[str, object] = json.loads(text)
    return parsed


def record(event: str, **fields: object) -> logging.LogRecord:
    return logging.getLogger("tests").makeRecord(
        "tests", logging.INFO, "file.py", 1, event, (), None, extra=fields
    )


def test_fields_stand_beside_the_event() -> None:
    said = line(record("command_decided", position=7, type="RegisterService"))
    assert said["event"] == "command_decided"
    assert (said["position"], said["type"]) == (7, "RegisterService")
    assert said["process"] == "command"


def test_a_correlation_id_is_on_every_line_inside_and_none_outside() -> None:
    with correlated("c-1"):
        assert line(record("x"))["correlation_id"] == "c-1"
    assert "correlation_id" not in line(record("x"))


def test_text_of_tenants_cannot_steer_a_terminal_or_forge_a_line() -> None:
    hostile = '\x1b[2J\n{"event":"forged"}'
    said = line(record("x", label=hostile))  # `line` checks that it is one line of ASCII.
    assert (said["event"], said["label"]) == ("x", hostile)


def test_a_long_field_is_cut() -> None:
    said = line(record("x", text="a" * 100_000))
    assert len(str(said["text"])) <= FIELD_LENGTH_MAX + 3


def test_an_exception_gives_places_and_no_source_lines() -> None:
    try:
        raise ValueError("broken")
    except ValueError as error:
        made = record("accident")
        made.exc_info = (ValueError, error, error.__traceback__)
    said = line(made)
    assert said["error"] == "ValueError: broken"
    assert "raise ValueError" not in json.dumps(said["traceback"])
