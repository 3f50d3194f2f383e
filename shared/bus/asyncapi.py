"""The bus as an AsyncAPI 3.0 document, from the table of subjects and the catalogs.

`python -m shared.bus.asyncapi` writes deploy/nats/asyncapi.json; a test holds that it is current.
The examples of events are their golden JSON, which is a folder of the tests."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from shared.bus.envelopes import ENVELOPES, cloud_event, enveloped
from shared.bus.subjects import PROCESSES, SUBJECTS, Row
from shared.domain.catalog import COMMANDS, EVENTS, REJECTIONS
from shared.kernel.unset import Unset
from shared.queries.catalog import DOCUMENTS, QUESTIONS

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "deploy" / "nats" / "asyncapi.json"
GOLDEN = ROOT / "tests" / "contracts" / "golden"

_UNSET = {"$ref": f"#/components/schemas/{Unset.__name__}"}

Json = dict[str, Any]
Example = Callable[[str, int], Any]


def document(example: Example) -> Json:
    """`example` gives the golden data of an event by its type and schema version."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Chronoplane's bus",
            "version": "1",
            "description": "Every subject, who publishes and who listens, and what travels there. "
            "Events are CloudEvents 1.0; their `sequence` is the position in the log.",
        },
        "defaultContentType": "application/json",
        "servers": {"nats": {"host": "127.0.0.1:4222", "protocol": "nats"}},
        "channels": {_channel_id(row): _channel(row) for row in SUBJECTS},
        "operations": {
            _operation_id(row, action, process): _operation(row, action, process)
            for row in SUBJECTS
            for action, processes in (("send", row.publishers), ("receive", row.listeners))
            for process in processes
        },
        "components": {"messages": _messages(example), "schemas": _schemas()},
    }


def render(example: Example) -> str:
    return json.dumps(document(example), indent=1, ensure_ascii=False) + "\n"


def golden_example(name: str, version: int) -> Any:
    return json.loads((GOLDEN / f"{name}.v{version}.json").read_text(encoding="utf-8"))


# -- channels and operations


def _channel_id(row: Row) -> str:
    return re.sub(r"[^a-z]+", "_", row.subject.replace("*", "any").replace(">", "all"))


def _channel(row: Row) -> Json:
    address, parameters = _address(row.subject)
    channel: Json = {
        "address": address,
        "description": row.meaning,
        "messages": {
            name: {"$ref": f"#/components/messages/{name}"} for name in _carried(row.subject)
        },
    }
    if parameters:
        channel["parameters"] = parameters
    return channel


# How the wildcards of a subject are called, by its first token.
_WILDCARDS = {
    "commands": {"aggregate": "The stream type of the aggregate that decides."},
    "questions": {"view": "The family of views that answers."},
    "parts": {"import_id": "The import.", "number": "Of the part; or `finish`, or `abandon`."},
    "acks": {"edge_id": "The edge that applied the routes."},
    "frames": {"edge_id": "The edge that measured."},
    "pokes": {"edge_id": "The edge that holds it."},
    "health": {"process": "The process that is asked."},
    "events": {
        "account_id": "The tenant.",
        "stream_type": "The kind of what it happened to.",
        "stream_id": "Its id.",
        "event": "The event's name without its stream type.",
    },
}


def _address(subject: str) -> tuple[str, Json]:
    family = subject.partition(".")[0]
    names = _WILDCARDS.get(family, {}) if subject.endswith(("*", ">")) else {}
    parameters: Json = {name: {"description": meaning} for name, meaning in names.items()}
    if "process" in parameters:
        parameters["process"]["enum"] = list(PROCESSES)
    head = subject.removesuffix("*").removesuffix(">")
    return head + ".".join(f"{{{name}}}" for name in names), parameters


def _carried(subject: str) -> list[str]:
    match subject.split("."):
        case ["commands", *_]:
            return [_message_id(name) for name in COMMANDS]
        case ["questions", *_]:
            return [_message_id(name) for name in QUESTIONS]
        case ["events", *_]:
            return [_message_id(name) for name in EVENTS]
        case _:
            return []  # Small bodies of our own, described by the row's meaning.


def _operation_id(row: Row, action: str, process: str) -> str:
    return f"{process}_{action}s_{_channel_id(row)}"


def _operation(row: Row, action: str, process: str) -> Json:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{_channel_id(row)}"},
        "summary": f"{process}: {row.meaning}",
        "tags": [{"name": process}],
    }


# -- messages and schemas


def _message_id(name: str) -> str:
    return name.replace(".", "_")


def _messages(example: Example) -> Json:
    messages: Json = {}
    for catalog, envelope in ((COMMANDS, "command"), (QUESTIONS, "question")):
        for name, cls in catalog.items():
            messages[_message_id(name)] = _message(name, cls, enveloped(envelope, name))
    for name, (cls, version) in EVENTS.items():
        message = _message(name, cls, cloud_event(name, version))
        payload = {"type": name, "data": example(name, version)}
        message["examples"] = [{"name": f"{name}.v{version}", "payload": payload}]
        messages[_message_id(name)] = message
    return messages


def _message(name: str, cls: type, payload: Json) -> Json:
    message: Json = {"name": name, "title": cls.__name__, "payload": payload}
    if (says := _described(cls)) is not None:
        message["description"] = says
    return message


def _described(cls: type) -> str | None:
    """The docstring; not the signature that `dataclass` puts where there is none."""
    says = cls.__doc__
    if not says or says.startswith(f"{cls.__name__}("):
        return None
    return " ".join(says.split())


def _schemas() -> Json:
    inputs: list[Any] = [(name, "validation", TypeAdapter(cls)) for name, cls in _named().items()]
    places, shared = TypeAdapter.json_schemas(inputs, ref_template="#/components/schemas/{model}")
    schemas: Json = dict(shared["$defs"])
    schemas |= {name: schema for (name, _), schema in places.items()}
    del schemas[Unset.__name__]
    return {**{name: _spelled(schemas[name]) for name in sorted(schemas)}, **ENVELOPES}


def _named() -> dict[str, type]:
    events = {name: cls for name, (cls, _) in EVENTS.items()}
    return {**COMMANDS, **events, **QUESTIONS, **DOCUMENTS, **REJECTIONS}


def _spelled(schema: Any) -> Any:
    """Without UNSET, which no message spells: such a field is left out (shared/envelope/codec)."""
    if isinstance(schema, list):
        return [_spelled(item) for item in schema if item != _UNSET]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _spelled(value)
        for key, value in schema.items()
        if not (key == "default" and value == Unset.UNSET.value)
    }


if __name__ == "__main__":
    FILE.write_text(render(golden_example), encoding="utf-8")
    sys.stdout.write(f"{FILE.relative_to(ROOT)}\n")
