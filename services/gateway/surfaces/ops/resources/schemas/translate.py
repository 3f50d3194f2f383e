"""What subscribers need of the bus's description: events, not our processes' own talk."""

import json
from functools import cache
from typing import Any

from services.gateway.surfaces.ops.resources.schemas import wire
from shared.bus.asyncapi import FILE
from shared.domain.catalog import EVENTS

Json = dict[str, Any]
_PLACE = "#/components/schemas/"


@cache
def described() -> Json:
    """The file that a test holds to be current; read once, at the first look."""
    document: Json = json.loads(FILE.read_text(encoding="utf-8"))
    return document


def message_of(name: str) -> Json:
    found: Json = described()["components"]["messages"][name.replace(".", "_")]
    return found


def event_schema(name: str, version: str) -> wire.EventSchema | None:
    known = EVENTS.get(name)
    if known is None or version != str(known[1]):
        return None
    message = message_of(name)
    schemas = described()["components"]["schemas"]
    place = schemas[name].get("$ref", _PLACE + name)
    inner = _closure({place}, schemas)
    own = inner.pop(place.removeprefix(_PLACE))
    return wire.EventSchema(
        type=name,
        version=known[1],
        description=message.get("description", ""),
        json_schema={**own, "components": {"schemas": inner}} if inner else own,
        example=message["examples"][0]["payload"]["data"],
    )


@cache
def of_events() -> Json:
    """An AsyncAPI document with the channel of events alone."""
    whole = described()
    names = [name.replace(".", "_") for name in EVENTS]
    messages = {name: whole["components"]["messages"][name] for name in names}
    channel_id, channel = next(
        (id_, each)
        for id_, each in whole["channels"].items()
        if each["address"].startswith("events.")
    )
    return {
        **whole,
        "info": {**whole["info"], "title": "Chronoplane's events"},
        "channels": {channel_id: channel},
        "operations": {
            "subscribe": {
                "action": "receive",
                "channel": {"$ref": f"#/channels/{channel_id}"},
                "summary": "The log as it grows; over HTTP: /ops/v1/events/stream, and webhooks.",
            }
        },
        "components": {
            "messages": messages,
            "schemas": _closure(_references(messages), whole["components"]["schemas"]),
        },
    }


def _closure(references: set[str], schemas: Json) -> Json:
    """All schemas that are needed to understand these."""
    found: Json = {}
    waiting = [reference.removeprefix(_PLACE) for reference in references]
    while waiting:
        name = waiting.pop()
        if name not in found and name in schemas:
            found[name] = schemas[name]
            waiting += [each.removeprefix(_PLACE) for each in _references(schemas[name])]
    return found


def _references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(_references(inner) for inner in value.values()))
    if isinstance(value, list):
        return set().union(*(_references(inner) for inner in value))
    return set()
