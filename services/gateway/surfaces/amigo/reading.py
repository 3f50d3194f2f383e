"""Bodies, queries and path segments of this surface, with the place of each fault before its name.

A parameter may be repeated where its model has a tuple; of others the last one counts."""

import re
from collections.abc import Iterable
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints
from pydantic_core import PydanticCustomError

from services.gateway import parameters
from services.gateway.refusals import BadFields, Refused

M = TypeVar("M", bound=BaseModel)

_NUMBER = re.compile(r"[+-]?[0-9]{1,18}\Z")
_ID = re.compile(r"[a-f0-9]{24}\Z")
_VERSION_SET_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}\Z")


class Body(BaseModel):
    """As FastAPI reads one: fields that nobody knows are let be."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


def _number(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not _NUMBER.match(value):
        raise PydanticCustomError("int_type", "an integer")
    return int(value)


def _distinct(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


Stripped = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Id = Annotated[str, StringConstraints(pattern=r"^[a-f0-9]{24}$")]
Ids = Annotated[tuple[Id, ...], AfterValidator(_distinct)]
QueryNumber = Annotated[int, BeforeValidator(_number)]


def read_body(value: Any, model: type[M]) -> M:
    try:
        return parameters.read_body(value, model)
    except Refused as refused:
        raise _placed("body", refused) from None


def read_query(pairs: Iterable[tuple[str, str]], model: type[M]) -> M:
    given: dict[str, Any] = {}
    for name, value in pairs:
        field = model.model_fields.get(name)
        if field is not None and field.default == ():
            given[name] = (*given.get(name, ()), value)
        else:
            given[name] = value
    try:
        return parameters.read_query(list(given.items()), model)
    except Refused as refused:
        raise _placed("query", refused) from None


def id_in_path(name: str, value: str) -> str:
    if _ID.match(value) is None:
        raise Refused(BadFields(problems=((f"path.{name}", "must be 24 hexadecimal digits"),)))
    return value


def name_in_path(value: str) -> str:
    name = value.strip()
    if _VERSION_SET_NAME.match(name) is None:
        message = "must be 1 to 40 letters, digits, '_' and '-'"
        raise Refused(BadFields(problems=(("path.version_set_name", message),)))
    return name


def _placed(place: str, refused: Refused) -> Refused:
    refusal = refused.refusal
    if not isinstance(refusal, BadFields):
        return refused
    return Refused(
        BadFields(problems=tuple((f"{place}.{name}", what) for name, what in refusal.problems))
    )
