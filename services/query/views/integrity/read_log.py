"""Pages of the log as it was recorded, for exports; of one account each event with its proof."""

from dataclasses import replace

from services.query.asked import Asked, Row
from services.query.views.integrity.rows import block_document, entries_of, logged_event
from shared.domain.rejections import Forbidden, Invalid, NotFound
from shared.envelope.codec import encode
from shared.proof.merkle import Path, Tree
from shared.queries.integrity import BlockDocument, LoggedEvent, LogPage, ReadLog

PAGE_BYTES = 256 * 1024
LIMIT_MAX = 1000
CHUNK = 100
# A filter by type may find nothing for long: so many positions are looked at for one page.
WINDOW = 100_000


async def read_log(question: ReadLog, asked: Asked) -> LogPage | Forbidden | NotFound | Invalid:
    refusal = _refusal(question, asked)
    if refusal is not None:
        return refusal
    head = await asked.row("get_head")
    until = min(question.until if question.until is not None else head[0], head[0]) if head else 0
    after = max(question.after, 0)
    last = min(until, after + WINDOW) if question.types else until
    events, is_cut = await _take(question, asked, after, last)
    blocks: tuple[BlockDocument, ...] = ()
    if question.account_id is not None and events:
        events, blocks = await _proved(events, asked)
    if is_cut:
        return LogPage(events=tuple(events), blocks=blocks, next_after=events[-1].position)
    return LogPage(events=tuple(events), blocks=blocks, next_after=last if last < until else None)


def _refusal(question: ReadLog, asked: Asked) -> Forbidden | NotFound | Invalid | None:
    if question.until is not None and question.until < 0:
        return Invalid(field="until", message="must not be negative")
    if asked.is_process:
        return None
    account_id = question.account_id
    if account_id is None:
        if asked.index.is_installation_admin(asked.asker.id):
            return None
        return Forbidden(action="log.read", resource="*")
    known = account_id in asked.index.principals
    # Events hold what a viewer does not see (keys' digests, who has which role), so: its admins.
    if not known or not asked.index.may_in_account(asked.asker.id, "account.write", account_id):
        return NotFound(kind="account", key=account_id)
    return None


async def _take(
    question: ReadLog, asked: Asked, after: int, until: int
) -> tuple[list[LoggedEvent], bool]:
    """The events of one page; true where more may follow it."""
    limit = min(max(question.limit, 1), LIMIT_MAX)
    events: list[LoggedEvent] = []
    size = 0
    while True:
        for row in (rows := await _rows(question, asked, after, until)):
            event = logged_event(row)
            size += len(encode(event)) + (700 if question.account_id is not None else 0)
            if events and (size > PAGE_BYTES or len(events) == limit):
                return events, True
            events.append(event)
            after = event.position
        if len(rows) < CHUNK:
            return events, False


async def _rows(question: ReadLog, asked: Asked, after: int, until: int) -> list[Row]:
    types = list(question.types) or None
    span = {"after": after, "until": until, "types": types, "limit": CHUNK}
    if question.account_id is None:
        return await asked.rows("read_log", **span)
    return await asked.rows("read_log_of_account", account_id=question.account_id, **span)


async def _proved(
    events: list[LoggedEvent], asked: Asked
) -> tuple[list[LoggedEvent], tuple[BlockDocument, ...]]:
    blocks = await asked.rows(
        "list_blocks_between", first=events[0].position, last=events[-1].position
    )
    proved: list[LoggedEvent] = []
    used: list[BlockDocument] = []
    waiting = iter(events)
    event = next(waiting, None)
    for block in blocks:
        if event is None or event.position > block[2]:
            continue
        entries = await entries_of(block, asked)
        tree = Tree(entries)
        used.append(block_document(block))
        while event is not None and event.position <= block[2]:
            index = event.position - int(block[1])
            # A hole in the log leaves an event without a proof: who verifies finds it.
            proved.append(
                _with_path(event, block[0], tree.path(index)) if index < len(entries) else event
            )
            event = next(waiting, None)
    # What no block covers yet goes without a proof.
    rest = [] if event is None else [event, *waiting]
    return [*proved, *rest], tuple(used)


def _with_path(event: LoggedEvent, number: int, path: Path) -> LoggedEvent:
    return replace(event, block_number=number, path=tuple(step.hex() for step in path))
