"""What ZenML's framework refuses before an endpoint is reached: path, query and body by pydantic,
its findings printed one a line (spec 6, first shape)."""

import json as plain_json
from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError

from services.gateway.call import Call
from services.gateway.surfaces.zenml.errors import Told, bare
from shared.kernel import json

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")

Finding = Mapping[str, Any]
_FINDINGS_MAX = 50
# A finding quotes what was sent; of a long text the beginning will do.
_FINDING_LENGTH_MAX = 2000
_UUID: TypeAdapter[UUID] = TypeAdapter(UUID)


class Findings:
    """All that is wrong with one request, in the order of its parts."""

    def __init__(self) -> None:
        self._found: list[Finding] = []

    def check(self) -> None:
        if self._found:
            raise Told(bare(_text(self._found)))

    def checked(self, value: T | None) -> T:
        """What was read, once nothing was found wrong with any part of the request."""
        self.check()
        if value is None:
            raise TypeError("a part that could not be read has a finding")
        return value

    def uuid(self, name: str, text: str) -> UUID:
        """Of the path. Where it is none, a UUID that nothing has, for `check` to refuse."""
        try:
            return _UUID.validate_python(text)
        except ValidationError as error:
            self._add(error, "path", name)
            return UUID(int=0)

    def model(self, place: str, value: object, model: type[M]) -> M | None:
        try:
            return model.model_validate(value, from_attributes=True)
        except ValidationError as error:
            self._add(error, place)
            return None

    def body(self, call: Call, model: type[M]) -> M | None:
        """The body as JSON, if it says that it is."""
        if not call.body:
            self._missing_body()
            return None
        if not _is_json(call):
            self._found.append(_no_object(call.body))
            return None
        try:
            value = json.loads(call.body)
        except (orjson.JSONDecodeError, RecursionError):
            self._found.append(_broken(call.body))
            return None
        if value is None:
            self._missing_body()
            return None
        if (why := json.unacceptable(value)) is not None:
            finding = {"type": "value_error", "loc": ("body",), "msg": f"The body holds {why}"}
            self._found.append(finding)
            return None
        if not isinstance(value, dict):
            self._found.append(_no_object(value))
            return None
        return self.model("body", value, model)

    def _missing_body(self) -> None:
        self._found.append(
            {"type": "missing", "loc": ("body",), "msg": "Field required", "input": None}
        )

    def _add(self, error: ValidationError, *place: str) -> None:
        for found in error.errors(include_url=False):
            self._found.append({**found, "loc": (*place, *found["loc"])})


def _is_json(call: Call) -> bool:
    kind = (call.header(b"content-type") or "").partition(";")[0].strip().lower()
    return kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )


def _no_object(value: object) -> Finding:
    return {
        "type": "model_attributes_type",
        "loc": ("body",),
        "msg": "Input should be a valid dictionary or object to extract fields from",
        "input": value,
    }


def _broken(body: bytes) -> Finding:
    """orjson is stricter (no NaN, no lone surrogate); the standard library knows where it broke."""
    place, why = 0, "Expecting value"
    try:
        plain_json.loads(body)
    except plain_json.JSONDecodeError as error:
        place, why = error.pos, error.msg
    except (UnicodeDecodeError, RecursionError):
        why = "It cannot be decoded"
    return {
        "type": "json_invalid",
        "loc": ("body", place),
        "msg": "JSON decode error",
        "input": {},
        "ctx": {"error": why},
    }


def _text(found: list[Finding]) -> str:
    head = f"{len(found)} validation error{'s' if len(found) != 1 else ''}:"
    lines = [f"  {_line(finding)}" for finding in found[:_FINDINGS_MAX]]
    return "\n".join([head, *lines])


def _line(finding: Finding) -> str:
    text = str(dict(finding))
    return text if len(text) <= _FINDING_LENGTH_MAX else text[:_FINDING_LENGTH_MAX] + "..."
