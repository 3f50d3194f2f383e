"""The event store in memory, for tests: the same contract as Postgres, kept by one process.

It holds no lock because it never awaits in the middle of an append.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from shared.eventstore.envelope import Sealed, seal
from shared.eventstore.failures import InconsistentCommit, LogHole
from shared.eventstore.messages import (
    Appended,
    ClaimOp,
    ClaimTaken,
    Commit,
    Conflict,
    EpochStale,
    KeyReused,
    Past,
    Recorded,
    Replayed,
    SecretRow,
    StoredAnswer,
    Verdict,
)

ANSWER_KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    account_id: str
    version: int
    leaf: bytes | None


_NO_STREAM = _Head(account_id="", version=0, leaf=None)


class MemoryStore:
    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.on_appended: Callable[[int], None] | None = None
        self.secrets: dict[str, SecretRow] = {}
        self.claims: dict[tuple[str, str], str] = {}
        self.epoch: int | None = None
        self._now = now
        self._log: list[Recorded] = []
        self._heads: dict[str, _Head] = {}
        self._answers: dict[tuple[str, str], tuple[StoredAnswer, datetime]] = {}

    async def read(self, stream: str, after_version: int = 0) -> Past:
        head = self._heads.get(stream)
        events = tuple(e for e in self._log if e.stream == stream and e.version > after_version)
        if head is None:
            return Past(events=(), version=0, leaf=None, account_id=None)
        return Past(events=events, version=head.version, leaf=head.leaf, account_id=head.account_id)

    async def append(self, commit: Commit) -> Verdict:
        sealed = seal(commit)
        answer = await self.answer_of(commit.actor, commit.command_id)
        if answer is not None:
            return _replayed(answer, commit)
        if commit.epoch is not None and commit.epoch != self.epoch:
            return EpochStale()
        head = self._heads.get(commit.stream, _NO_STREAM)
        if head.version != commit.expected:
            return Conflict(version=head.version)
        if (taken := self._taken(commit)) is not None:
            return taken
        if not all(self._has_room(claim) for claim in commit.claims if claim.op == "bound"):
            return Conflict(version=head.version)
        if commit.events and head.version and head.account_id != commit.account_id:
            raise InconsistentCommit(f"{commit.stream} belongs to another account")
        if commit.events and head.leaf != commit.previous_leaf:
            raise InconsistentCommit(f"{commit.stream} ends in another leaf")
        return self._write(sealed)

    async def answer_of(self, actor: str, command_id: str) -> StoredAnswer | None:
        answer, expires_at = self._answers.get((actor, _canonical(command_id)), (None, None))
        if expires_at is None or expires_at <= self._now():
            return None
        return answer

    async def read_log(
        self, after: int, limit: int, stream_types: tuple[str, ...] | None = None
    ) -> list[Recorded]:
        following = self._log[after:]
        if stream_types is not None:
            return [e for e in following if e.stream_type in stream_types][:limit]
        if following and following[0].position != after + 1:
            raise LogHole(after + 1, following[0].position)
        return following[:limit]

    async def head(self) -> int:
        return len(self._log)

    async def count_claims(self, space: str, prefix: str, limit: int) -> int:
        return min(self._count(space, prefix), limit)

    async def position_at(self, moment: datetime) -> int:
        return sum(1 for event in self._log if event.recorded_at <= moment)

    async def close(self) -> None:
        """Nothing to close; the interface asks for it."""

    def lead(self) -> int:
        """A new leader: from now on only commits with this epoch (or none) are taken."""
        self.epoch = (self.epoch or 0) + 1
        return self.epoch

    def _taken(self, commit: Commit) -> ClaimTaken | None:
        for claim in commit.claims:
            holder = self.claims.get((claim.space, claim.key), commit.stream)
            if claim.op == "take" and holder != commit.stream:
                return ClaimTaken(space=claim.space, key=claim.key, holder=holder)
        return None

    def _has_room(self, bound: ClaimOp) -> bool:
        most, _, prefix = bound.key.partition(":")
        return self._count(bound.space, prefix) < int(most)

    def _count(self, space: str, prefix: str) -> int:
        return sum(1 for of, key in self.claims if of == space and key.startswith(prefix))

    def _write(self, sealed: Sealed) -> Appended:
        commit = sealed.commit
        now = max(self._now(), *(event.recorded_at for event in self._log[-1:]), _EARLIEST)
        version = commit.expected + len(commit.events)
        self._log.extend(_recorded(sealed, len(self._log), now))
        position = len(self._log)
        if commit.events:
            self._heads[commit.stream] = _Head(
                account_id=commit.account_id, version=version, leaf=sealed.leaves[-1]
            )
        for claim in commit.claims:
            key = (claim.space, claim.key)
            if claim.op == "take":
                self.claims[key] = commit.stream
            elif claim.op == "release" and self.claims.get(key) == commit.stream:
                del self.claims[key]
        self.secrets.update((secret.id, secret) for secret in commit.secrets)
        answer = StoredAnswer(
            fingerprint=commit.fingerprint,
            position=position,
            version=version,
            result=commit.result,
            rejected=commit.rejected,
        )
        expires_at = commit.expires_at or now + ANSWER_KEPT
        self._answers[commit.actor, _canonical(commit.command_id)] = (answer, expires_at)
        if self.on_appended is not None and commit.events:
            self.on_appended(position)
        return Appended(position=position, version=version)


_EARLIEST = datetime.min.replace(tzinfo=UTC)


def _replayed(answer: StoredAnswer, commit: Commit) -> Replayed | KeyReused:
    if answer.fingerprint != commit.fingerprint:
        return KeyReused()
    return Replayed(
        position=answer.position,
        version=answer.version,
        result=answer.result,
        rejected=answer.rejected,
    )


def _recorded(sealed: Sealed, head: int, now: datetime) -> list[Recorded]:
    commit = sealed.commit
    first = Recorded(
        position=head,
        recorded_at=now,
        account_id=commit.account_id,
        stream=commit.stream,
        stream_type=commit.stream_type,
        version=commit.expected,
        event_id="",
        type="",
        schema_version=1,
        command_id=_canonical(commit.command_id),
        correlation_id=_canonical(commit.correlation_id),
        causation_id=None if commit.causation_id is None else _canonical(commit.causation_id),
        actor=commit.actor,
        credential_id=commit.credential_id,
        surface=commit.surface,
        reason=commit.reason,
        data="",
        leaf=b"",
    )
    return [
        replace(
            first,
            position=head + number,
            version=commit.expected + number,
            event_id=event_id,
            type=event.type,
            schema_version=event.schema_version,
            data=event.data,
            leaf=leaf,
        )
        for number, (event, event_id, leaf) in enumerate(
            zip(commit.events, sealed.event_ids, sealed.leaves, strict=True), start=1
        )
    ]


def _canonical(identifier: str) -> str:
    return str(UUID(identifier))
