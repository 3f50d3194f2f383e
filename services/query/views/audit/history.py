"""What happened, what it was, what changed between two moments, and who set each field."""

from dataclasses import replace

from services.query.asked import Asked
from services.query.views.audit.changes import Operation, at_path, operations, under
from services.query.views.audit.feed import chosen_types, feed
from services.query.views.audit.personal import readable
from services.query.views.audit.read import Folded, fold, mark_erased, resolved
from services.query.views.audit.sight import may_see
from services.query.views.audit.states import Json
from services.query.views.audit.words import change_words
from shared.domain.rejections import Invalid, NotFound
from shared.queries.audit import (
    SUBJECT_KINDS,
    AuditEvent,
    AuditPage,
    BlameDocument,
    BlameLine,
    Change,
    DiffDocument,
    FollowLog,
    GetBlame,
    GetDiff,
    GetState,
    ListHistory,
    StateDocument,
)

LIMIT_MAX = 1000
CHANGES_MAX = 2000


async def refusal_of(kind: str, id_: str, asked: Asked) -> NotFound | Invalid | None:
    if kind not in SUBJECT_KINDS:
        return Invalid(field="kind", message="must be one of " + ", ".join(SUBJECT_KINDS))
    if not await may_see(kind, id_, asked):
        return NotFound(kind=kind, key=id_)
    return None


async def list_history(question: ListHistory, asked: Asked) -> AuditPage | NotFound | Invalid:
    refusal = await refusal_of(question.kind, question.id, asked)
    if refusal is not None:
        return refusal
    types = None if question.type is None else chosen_types((question.type,))
    if isinstance(types, Invalid):
        return types
    if question.kind == "account":
        return await _of_account(question, asked)
    folded = await fold(question.kind, question.id, asked, until=asked.moment.position)
    limit = min(max(question.limit, 1), LIMIT_MAX)
    items: list[AuditEvent] = []
    for number, event in enumerate(folded.events):
        if event.position <= question.after or (types is not None and event.type not in types):
            continue
        if not _fits(question, event) or not _touches(question.field, folded.changes[number]):
            continue
        if len(items) == limit:
            return AuditPage(items=tuple(items), next_after=items[-1].position)
        items.append(folded.event(number))
    return AuditPage(items=tuple(items), next_after=None)


async def _of_account(question: ListHistory, asked: Asked) -> AuditPage | NotFound | Invalid:
    """A page of the account's part of the log, narrowed: it may be empty and have a next one."""
    if question.field is not None:
        return Invalid(field="field", message="belongs to one thing, an account is many")
    page = await feed(
        FollowLog(
            account_id=question.id,
            after=question.after,
            limit=min(max(question.limit, 1), LIMIT_MAX),
            types=() if question.type is None else (question.type,),
        ),
        asked,
    )
    if isinstance(page, NotFound | Invalid):
        return page
    fitting = [event for event in page.events if _fits(question, event)]
    items = tuple(await readable(fitting, asked))
    return AuditPage(items=items, next_after=page.seen if page.seen < page.head else None)


def _fits(question: ListHistory, event: AuditEvent) -> bool:
    if question.actor is not None and question.actor not in (
        event.actor,
        event.actor_name,
        event.actor.partition(":")[2],
    ):
        return False
    if question.since is not None and event.at < question.since:
        return False
    return question.until is None or event.at <= question.until


def _touches(field: str | None, changes: tuple[Operation, ...]) -> bool:
    """Both ways: who asks for `/workload` means its port too, and its port came with the whole."""
    if field is None:
        return True
    path = field if field.startswith("/") else "/" + field.replace(".", "/")
    return any(under(each.path, path) or under(path, each.path) for each in changes)


async def get_state(question: GetState, asked: Asked) -> StateDocument | NotFound | Invalid:
    refusal = await refusal_of(question.kind, question.id, asked)
    if refusal is not None:
        return refusal
    if question.kind == "account":
        return Invalid(field="kind", message="an account's state is that of its principal")
    folded = await fold(question.kind, question.id, asked, until=asked.moment.position)
    if not folded.events:
        return NotFound(kind=question.kind, key=question.id)
    last = folded.events[-1]
    (state,) = await mark_erased([folded.state], last.account_id, asked)
    return StateDocument(
        kind=question.kind, id=question.id, position=last.position, at=last.at, state=state
    )


async def get_diff(question: GetDiff, asked: Asked) -> DiffDocument | NotFound | Invalid:
    refusal = await refusal_of(question.kind, question.id, asked)
    if refusal is not None:
        return refusal
    start = await resolved(question.start, asked, "from")
    end = await resolved(question.end, asked, "to")
    if isinstance(start, Invalid):
        return start
    if isinstance(end, Invalid):
        return end
    changes = await changes_between(question.kind, question.id, asked, start=start, end=end)
    if changes is None:
        return NotFound(kind=question.kind, key=question.id)
    if len(changes) > CHANGES_MAX:
        return Invalid(field="to", message=f"lies more than {CHANGES_MAX} changes from the other")
    return DiffDocument(
        kind=question.kind, id=question.id, start=start, end=end, changes=tuple(changes)
    )


async def changes_between(
    kind: str, id_: str, asked: Asked, *, start: int, end: int
) -> list[Change] | None:
    """None where there was nothing at the later of the two either."""
    folded = await fold(kind, id_, asked, until=max(start, end))
    if not folded.events:
        return None
    earlier = state_at(folded, min(start, end))
    account_id = folded.events[0].account_id
    old, new = await mark_erased([earlier, folded.state], account_id, asked)
    if start > end:
        old, new = new, old
    return [
        change_of(operation, folded, after=min(start, end)) for operation in operations(old, new)
    ]


def state_at(folded: Folded, position: int) -> Json:
    state = Folded()
    for event in folded.events:
        if event.position > position:
            break
        state.take(event)
    return state.state


def change_of(operation: Operation, folded: Folded, *, after: int = 0) -> Change:
    return Change(
        op=operation.op,
        path=operation.path,
        before=operation.before,
        after=operation.after,
        words=change_words(operation.op, operation.path, operation.before, operation.after),
        by=_last_that_touched(operation.path, folded, after),
    )


def _last_that_touched(path: str, folded: Folded, after: int) -> AuditEvent:
    for number in range(len(folded.events) - 1, -1, -1):
        event = folded.events[number]
        if event.position <= after:
            break
        if any(under(each.path, path) or under(path, each.path) for each in folded.changes[number]):
            return replace(event, data={})
    return replace(folded.events[-1], data={})


async def get_blame(question: GetBlame, asked: Asked) -> BlameDocument | NotFound | Invalid:
    refusal = await refusal_of(question.kind, question.id, asked)
    if refusal is not None:
        return refusal
    folded = await fold(question.kind, question.id, asked, until=asked.moment.position)
    if not folded.events:
        return NotFound(kind=question.kind, key=question.id)
    (state,) = await mark_erased([folded.state], folded.events[0].account_id, asked)
    return BlameDocument(
        kind=question.kind,
        id=question.id,
        lines=tuple(
            _line(path, at_path(state, path), folded.events[number])
            for path, number in sorted(folded.blame.by_path.items())
        ),
    )


def _line(path: str, value: object, event: AuditEvent) -> BlameLine:
    return BlameLine(
        path=path,
        value=value,
        position=event.position,
        at=event.at,
        type=event.type,
        actor=event.actor,
        actor_name=event.actor_name,
        surface=event.surface,
        command_id=event.command_id,
        correlation_id=event.correlation_id,
        reason=event.reason,
    )
