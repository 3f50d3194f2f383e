"""Queries and bodies of this dialect. Whoever has not signed in hears that before anything else.

A parameter may be repeated where its default in the model is `()`; any other may not."""

from typing import Any, TypeVar

from pydantic import BaseModel

from services.gateway.call import Call
from services.gateway.parameters import read_body, read_json, read_query
from services.gateway.refusals import BadFields, Refused

M = TypeVar("M", bound=BaseModel)


def query_of(call: Call, model: type[M]) -> M:
    _ = call.signed_in
    values: dict[str, Any] = {}
    for name, value in call.repeatable():
        field = model.model_fields.get(name)
        if field is not None and field.default == ():
            values.setdefault(name, []).append(value)
        elif name in values:
            raise Refused(BadFields(problems=((name[:100], "is given more than once"),)))
        else:
            values[name] = value
    return read_query(list(values.items()), model)


def body_of(call: Call, model: type[M]) -> M:
    _ = call.signed_in
    call.fingerprinted = read_json(call.body)
    return read_body(call.fingerprinted, model)
