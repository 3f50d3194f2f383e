"""Queries and bodies of this dialect. Whoever has not signed in hears that before anything else.

A parameter may be repeated where its default in the model is `()`; any other may not."""

from dataclasses import replace
from typing import Any, TypeVar

from pydantic import BaseModel

from services.gateway.call import Call
from services.gateway.moments import Moment
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


async def page_of(call: Call, question: Any, expected: type[Any]) -> tuple[list[Any], int]:
    """The items of a list and their total. `question` has `offset` and `limit`, its document has
    `items` and `total`; a message holds fewer than were asked for where they are long, so the rest
    is asked for at the same position."""
    _ = call.signed_in
    items: list[Any] = []
    moment = call.moment
    while True:
        rest = replace(
            question, offset=question.offset + len(items), limit=question.limit - len(items)
        )
        answer = await call.answer(rest, expected, moment=moment)
        page = answer.document
        items += page.items
        if not page.items or len(items) >= min(question.limit, page.total - question.offset):
            return items, page.total
        moment = Moment(position=answer.position)
