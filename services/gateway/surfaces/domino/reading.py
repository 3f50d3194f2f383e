"""Queries and bodies of this dialect. Whoever has not signed in hears that before anything else.

A parameter may be repeated where its default in the model is `()`; any other may not."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import BaseModel

from services.gateway.call import Call
from services.gateway.moments import Moment
from services.gateway.parameters import read_body, read_json, read_query
from services.gateway.refusals import BadFields, Refused
from services.gateway.surfaces.domino.auth import demand, id_of
from shared.queries.identity import GetPrincipal, PrincipalDocument

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


async def query_after(call: Call, model: type[M], seen: Callable[[], Awaitable[object]]) -> M:
    """A wrong query is told to who sees the thing it is about, and to nobody else."""
    try:
        return query_of(call, model)
    except Refused:
        await seen()
        raise


def body_of(call: Call, model: type[M]) -> M:
    _ = call.signed_in
    call.fingerprinted = read_json(call.body)
    return read_body(call.fingerprinted, model)


def peeked(call: Call, name: str) -> str | None:
    """What a body or a query names, before the rest of it is looked at: whether the caller has a
    right to it is told first. None where it names nothing."""
    _ = call.signed_in
    if call.method in ("GET", "DELETE"):
        values = [value for given, value in call.repeatable() if given == name]
        return values[0] if len(values) == 1 else None
    found = read_json(call.body)
    value = found.get(name) if isinstance(found, dict) else None
    return value if isinstance(value, str) else None


async def check_owner(call: Call, name: str, *, may: str) -> None:
    """Whoever names an owner must be allowed to give him something new."""
    if (named := peeked(call, name)) is None:
        return
    owner = await call.find(GetPrincipal(key=id_of(call, "owner", named)), PrincipalDocument)
    demand(may, owner.may, f"account:{owner.id}")


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
