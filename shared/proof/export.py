"""Writes an export: line after line, from pages that somebody fetches, in constant memory.

It ends at what is sealed when it begins. What it reads from is a `Source`: the gateway asks over
the bus, tests ask the view itself."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Protocol

from shared.proof.export_format import (
    FORMAT,
    BlockHashes,
    CheckpointNote,
    End,
    Manifest,
    line_of,
)
from shared.queries.integrity import (
    BlockDocument,
    BlockPage,
    GetIntegrity,
    IntegrityDocument,
    ListBlocks,
    LoggedEvent,
    LogPage,
    ReadLog,
)


class Source(Protocol):
    async def integrity(self, question: GetIntegrity) -> IntegrityDocument: ...

    async def log(self, question: ReadLog) -> LogPage: ...

    async def blocks(self, question: ListBlocks) -> BlockPage: ...


async def export(
    source: Source, *, account_id: str | None, made_at: datetime
) -> AsyncIterator[bytes]:
    """NDJSON lines, each with its line end. `account_id` None: the whole log."""
    state = await source.integrity(GetIntegrity())
    yield line_of(
        Manifest(
            format=FORMAT,
            account_id=account_id,
            from_position=1,
            to_position=state.sealed_to,
            blocks=state.blocks,
            public_key=state.public_key,
            made_at=made_at,
        )
    )
    events = 0
    lines = _whole(source, state) if account_id is None else _account(source, state, account_id)
    async for line in lines:
        if isinstance(line, LoggedEvent):
            events += 1
        yield line_of(line)
    if state.checkpoint is not None:
        yield line_of(CheckpointNote(note=state.checkpoint))
    yield line_of(End(events=events))


async def _whole(
    source: Source, state: IntegrityDocument
) -> AsyncIterator[BlockDocument | LoggedEvent]:
    events = _events(source, account_id=None, until=state.sealed_to)
    event = await anext(events, None)
    async for block in _blocks(source, until=state.blocks, entries=True):
        yield block
        # Whatever lies there goes out: that the block does not fit it is for who verifies to see.
        while event is not None and event.position <= block.last_position:
            yield event
            event = await anext(events, None)


async def _account(
    source: Source, state: IntegrityDocument, account_id: str
) -> AsyncIterator[BlockDocument | LoggedEvent | BlockHashes]:
    shown = 0
    question = ReadLog(account_id=account_id, until=state.sealed_to)
    async for page in _pages(source, question):
        blocks = {block.number: block for block in page.blocks}
        for event in page.events:
            number = event.block_number
            if number is not None and number > shown and number in blocks:
                yield blocks[number]
                shown = number
            yield event
    after: int | None = 0
    while after is not None and state.blocks:
        listed = await source.blocks(ListBlocks(after=after, until=state.blocks))
        yield BlockHashes(first=after + 1, hashes="".join(block.hash for block in listed.items))
        after = listed.next_after


async def _events(
    source: Source, *, account_id: str | None, until: int
) -> AsyncIterator[LoggedEvent]:
    async for page in _pages(source, ReadLog(account_id=account_id, until=until)):
        for event in page.events:
            yield event


async def _pages(source: Source, question: ReadLog) -> AsyncIterator[LogPage]:
    after: int | None = 0
    while after is not None:
        page = await source.log(
            ReadLog(account_id=question.account_id, after=after, until=question.until)
        )
        yield page
        after = page.next_after


async def _blocks(source: Source, *, until: int, entries: bool) -> AsyncIterator[BlockDocument]:
    after: int | None = 0
    while after is not None:
        page = await source.blocks(ListBlocks(after=after, until=until, entries=entries))
        for block in page.items:
            yield block
        after = page.next_after
