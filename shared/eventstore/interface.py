"""The event store as everybody else sees it: `Store`, kept by Postgres or, in tests, by memory.

Both pass the same contract tests. Name this type in signatures, not one of the two.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from shared.eventstore.messages import Commit, Past, Recorded, StoredAnswer, Verdict


class Store(Protocol):
    """`on_appended` is called with the newest position after a commit, as a hint for the relay:
    it may come late or never (another process may have appended), so listeners poll as well."""

    on_appended: Callable[[int], None] | None

    async def read(self, stream: str, after_version: int = 0) -> Past: ...

    async def append(self, commit: Commit) -> Verdict: ...

    async def answer_of(self, actor: str, command_id: str) -> StoredAnswer | None:
        """What this actor's command was answered, while that is kept. Ask before deciding."""
        ...

    async def read_log(
        self, after: int, limit: int, stream_types: tuple[str, ...] | None = None
    ) -> list[Recorded]:
        """Events after a position, in order. Unfiltered, a hole raises `LogHole`."""
        ...

    async def head(self) -> int: ...

    async def count_claims(self, space: str, prefix: str, limit: int) -> int:
        """How many keys of a space that begin so are held, `limit` at most."""
        ...

    async def position_at(self, moment: datetime) -> int:
        """The last position at or before a moment; 0 before the first event."""
        ...

    async def close(self) -> None: ...
