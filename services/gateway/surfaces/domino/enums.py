"""Enums of this dialect: read in any case, written as published.

Ten of them are lower case on the published page and `Private`, `Global` on real servers
(`x-observed-enum` of the contract); the setting `domino_enum_case` says which is sent."""

from typing import Any, Final, get_args

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, SerializationInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

PASCAL: Final = "pascal"


class Cased:
    """For `Annotated[Literal[...], Cased()]`. `observed`: one of the ten with two spellings."""

    __slots__ = ("_observed",)

    def __init__(self, *, observed: bool = False) -> None:
        self._observed = observed

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        by_fold = {word.casefold(): word for word in get_args(source)}

        def folded(value: object) -> object:
            return by_fold.get(value.casefold(), value) if isinstance(value, str) else value

        def spelled(value: str, info: SerializationInfo) -> str:
            context = info.context or {}
            return pascal(value) if context.get(PASCAL) else value

        schema = core_schema.no_info_before_validator_function(folded, handler(source))
        if self._observed:
            schema["serialization"] = core_schema.plain_serializer_function_ser_schema(
                spelled, info_arg=True, return_schema=core_schema.str_schema(), when_used="json"
            )
        return schema

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        inner: Any = schema["schema"]
        words = handler(inner).get("enum") or [handler(inner)["const"]]
        spellings = [*words, *map(pascal, words)] if self._observed else words
        return {"type": "string", "enum": list(dict.fromkeys(spellings))}


def pascal(word: str) -> str:
    return word[:1].upper() + word[1:]
