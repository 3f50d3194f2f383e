"""Bodies and queries of clients into a dialect's wire models, and what is wrong with them in words.

pydantic judges; the sentences are ours, because pydantic's would quote the value (a secret)."""

import re
from typing import Annotated, Any, ClassVar, TypeVar
from urllib.parse import parse_qsl

import orjson
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetJsonSchemaHandler,
    ValidationError,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, ErrorDetails, PydanticCustomError

from services.gateway.refusals import BadFields, BadRequest, Refused
from shared.kernel import json

M = TypeVar("M", bound=BaseModel)

PARAMETERS_MAX = 50
PROBLEMS_MAX = 20
_INTEGER = re.compile(r"[0-9]{1,9}\Z")
_TRUTH = {"true": True, "1": True, "false": False, "0": False}

_SENTENCES = {
    "missing": "is required",
    "extra_forbidden": "is not a known field",
    "string_type": "must be a string",
    "int_type": "must be an integer",
    "bool_type": "must be true or false",
    "dict_type": "must be an object",
    "list_type": "must be a list",
    "model_type": "must be an object",
}


class Body(BaseModel):
    """A JSON object of a client: no unknown field, no coercion, null only where it is named."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
    nullable: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="before")
    @classmethod
    def _no_stray_nulls(cls, value: Any) -> Any:
        if isinstance(value, dict):
            for name, item in value.items():
                if item is None and name in cls.model_fields and name not in cls.nullable:
                    raise PydanticCustomError("null", "{field}", {"field": name})
        return value

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """As strict as the reader."""
        schema = handler(core_schema)
        fields = handler.resolve_ref_schema(schema).get("properties", {})
        for name, field in fields.items():
            if name not in cls.nullable:
                fields[name] = without_null(field)
        return schema


def without_null(field: dict[str, Any]) -> dict[str, Any]:
    """Absent is allowed, null is not: pydantic has one spelling for both."""
    kinds = field.get("anyOf")
    if kinds is None:
        return field
    rest = [kind for kind in kinds if kind != {"type": "null"}]
    plain = {key: value for key, value in field.items() if key not in ("anyOf", "default")}
    return {**rest[0], **plain} if len(rest) == 1 else {**plain, "anyOf": rest}


class Query(BaseModel):
    """The query string of a read. A parameter that nobody knows is let be, as the web does."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def _whole(value: object) -> object:
    if isinstance(value, str) and _INTEGER.match(value):
        return int(value)
    if isinstance(value, str):
        raise PydanticCustomError("int_type", "an integer")
    return value


def _truth(value: object) -> object:
    if isinstance(value, str):
        if value.lower() not in _TRUTH:
            raise PydanticCustomError("bool_type", "true or false")
        return _TRUTH[value.lower()]
    return value


QueryInt = Annotated[int, BeforeValidator(_whole)]
QueryBool = Annotated[bool, BeforeValidator(_truth)]


def pairs_of(query_string: str) -> list[tuple[str, str]]:
    pairs = all_pairs_of(query_string)
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise Refused(BadFields(problems=((_cut(name), "is given more than once"),)))
        seen.add(name)
    return pairs


def all_pairs_of(query_string: str) -> list[tuple[str, str]]:
    """For dialects that repeat a parameter."""
    if not query_string:
        return []
    try:
        pairs = parse_qsl(
            query_string, keep_blank_values=True, errors="strict", max_num_fields=PARAMETERS_MAX
        )
    except ValueError:
        raise Refused(BadRequest(message="The query string cannot be read.")) from None
    if any("\x00" in name or "\x00" in value for name, value in pairs):
        raise Refused(BadRequest(message="The query string holds a NUL character."))
    return pairs


def read_query(pairs: list[tuple[str, str]], model: type[M]) -> M:
    return _validated(dict(pairs), model)


def read_json(body: bytes) -> Any:
    """Any JSON value within our limits. orjson refuses NaN, Infinity and lone surrogates."""
    try:
        value = json.loads(body)
    except (orjson.JSONDecodeError, RecursionError):
        raise Refused(BadRequest(message="The body is not valid JSON.")) from None
    if (why := json.unacceptable(value)) is not None:
        raise Refused(BadRequest(message=f"The body holds {why}."))
    return value


def read_body(value: Any, model: type[M]) -> M:
    if not isinstance(value, dict):
        raise Refused(BadRequest(message="The body must be a JSON object."))
    return _validated(value, model)


def _validated(value: dict[str, Any], model: type[M]) -> M:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        problems = tuple(_problem(detail) for detail in details[:PROBLEMS_MAX])
        raise Refused(BadFields(problems=problems)) from None


def _problem(detail: ErrorDetails) -> tuple[str, str]:
    if detail["type"] == "null":
        return detail["ctx"]["field"], "must not be null"
    place = ".".join(str(part) for part in detail["loc"]) or "body"
    sentence = _SENTENCES.get(detail["type"])
    if sentence is None:
        sentence = detail["msg"].removeprefix("Value error, ")
        sentence = sentence[:1].lower() + sentence[1:]
    return _cut(place), sentence


def _cut(text: str) -> str:
    return text if len(text) <= 100 else text[:100] + "..."
