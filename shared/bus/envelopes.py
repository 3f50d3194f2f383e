"""JSON schemas of the envelopes, by hand: the codec writes them field by field, not by a type."""

from typing import Any

Json = dict[str, Any]

_TEXT: Json = {"type": "string"}
_TEXT_OR_NULL: Json = {"type": ["string", "null"]}
_POSITION: Json = {"type": "integer", "minimum": 0}
_MOMENT: Json = {"type": "string", "format": "date-time"}

ENVELOPES: Json = {
    "envelope.actor": {
        "type": "object",
        "required": ["kind", "id"],
        "properties": {
            "kind": {"enum": ["user", "service_account", "process"]},
            "id": _TEXT,
            "credential_id": _TEXT_OR_NULL,
        },
    },
    "envelope.command": {
        "type": "object",
        "required": ["command_id", "actor", "surface", "correlation_id", "type", "body"],
        "properties": {
            "command_id": {"type": "string", "format": "uuid"},
            "actor": {"$ref": "#/components/schemas/envelope.actor"},
            "surface": _TEXT,
            "correlation_id": _TEXT,
            "causation_id": _TEXT,
            "reason": _TEXT,
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]*$"},
            "epoch": {"type": "integer"},
        },
    },
    "envelope.question": {
        "type": "object",
        "required": ["asker", "correlation_id", "type", "body"],
        "properties": {
            "asker": {"$ref": "#/components/schemas/envelope.actor"},
            "correlation_id": _TEXT,
            "after": _POSITION,
            "as_of_time": _MOMENT,
            "as_of_position": _POSITION,
        },
    },
    "envelope.event": {
        "description": "CloudEvents 1.0, structured mode, with our extension attributes.",
        "type": "object",
        "required": ["specversion", "id", "source", "type", "subject", "time", "sequence", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": _TEXT,
            "source": {"type": "string", "pattern": "^/accounts/"},
            "subject": {"type": "string", "description": "The stream: its type, '-', its id."},
            "time": _MOMENT,
            "datacontenttype": {"const": "application/json"},
            "sequence": {"type": "string", "pattern": "^[0-9]+$"},
            "streamversion": {"type": "integer", "minimum": 1},
            "commandid": _TEXT,
            "correlationid": _TEXT,
            "causationid": _TEXT_OR_NULL,
            "actor": _TEXT,
            "credentialid": _TEXT_OR_NULL,
            "surface": _TEXT,
            "reason": _TEXT_OR_NULL,
        },
    },
}


def enveloped(kind: str, name: str) -> Json:
    return _with(kind, {"type": {"const": name}, "body": _schema(name)})


def cloud_event(name: str, version: int) -> Json:
    dataschema = {"const": f"/ops/v1/schemas/{name}/{version}"}
    return _with(
        "event", {"type": {"const": name}, "dataschema": dataschema, "data": _schema(name)}
    )


def _with(kind: str, properties: Json) -> Json:
    envelope = {"$ref": f"#/components/schemas/envelope.{kind}"}
    return {"allOf": [envelope, {"type": "object", "properties": properties}]}


def _schema(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}
