"""How this dialect asks: `at` for the moment, bad parameters as `bad_request`, long lists whole.

`at` in the future is now. Ours, `as_of` (a time or a log position), works too; a request that says
both says one thing too many."""

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel

from services.gateway.call import Call
from services.gateway.moments import NOW, Moment
from services.gateway.parameters import read_body, read_json, read_query
from services.gateway.refusals import BadFields, BadRequest, Refused
from shared.kernel.time import parse_rfc3339
from shared.queries.microvisualizer import ListSnapshots, SnapshotDocument, SnapshotPage

D = TypeVar("D")
M = TypeVar("M", bound=BaseModel)


async def ask(call: Call, question: Any, expected: type[D]) -> D:
    """At the moment that the request asks for."""
    _ = call.signed_in  # 401 comes before everything else.
    document = (await _answer(call, question, expected, moment_of(call))).document
    if not isinstance(document, expected):
        raise TypeError(f"asked for {expected.__name__}, got {type(document).__name__}")
    return document


async def all_snapshots(call: Call, project: str) -> list[SnapshotDocument]:
    """Of every live service, page after page, all of one moment."""
    _ = call.signed_in
    moment = moment_of(call)
    found: list[SnapshotDocument] = []
    after = ""
    while True:
        question = ListSnapshots(project=project, after=after)
        answer = await _answer(call, question, SnapshotPage, moment)
        found += answer.document.items
        if answer.document.next_after is None:
            return found
        after, moment = answer.document.next_after, Moment(position=answer.position)


async def _answer(call: Call, question: Any, expected: type[Any], moment: Moment) -> Any:
    try:
        return await call.answer(question, expected, moment=moment)
    except Refused as refused:
        raise _of_query(refused) from None


def moment_of(call: Call) -> Moment:
    try:
        ours, given = call.moment, [value for name, value in call.repeatable() if name == "at"]
    except Refused as refused:
        raise _of_query(refused) from None
    if not given:
        return ours
    if len(given) > 1 or ours != NOW:
        raise Refused(BadRequest(message="at is given more than once."))
    at = parse_rfc3339(given[0])
    if at is None:
        raise Refused(BadRequest(message="at must be an RFC 3339 time."))
    return NOW if at > call.parts.clock.now() else Moment(time=at)


def query_of(call: Call, model: type[M], *, lists: Sequence[str] = ()) -> M:
    """The parameters; those in `lists` may be repeated."""
    _ = call.signed_in
    try:
        pairs = call.repeatable()
        values: dict[str, Any] = {}
        for name, value in pairs:
            if name in lists:
                values.setdefault(name, []).append(value)
            elif name in values:
                raise Refused(BadFields(problems=((name[:100], "is given more than once"),)))
            else:
                values[name] = value
        return read_query(list(values.items()), model)
    except Refused as refused:
        raise _of_query(refused) from None


def body_of(call: Call, model: type[M]) -> M:
    """The body; what makes it unreadable is a violation of the body as a whole."""
    _ = call.signed_in
    try:
        call.fingerprinted = read_json(call.body)
        return read_body(call.fingerprinted, model)
    except Refused as refused:
        if isinstance(refused.refusal, BadRequest):
            message = refused.refusal.message
            raise Refused(BadFields(problems=(("body", message),))) from None
        raise


def _of_query(refused: Refused) -> Refused:
    """Bad parameters have another object here than bad bodies."""
    if not isinstance(refused.refusal, BadFields):
        return refused
    sentences = "; ".join(f"{name} {what}" for name, what in refused.refusal.problems)
    return Refused(BadRequest(message=f"{sentences}."))
