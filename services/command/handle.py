"""The shell around every decision, written once: authorise, read, fold, decide, append, again.

A conflict means somebody else's events may change our answer, so it is decided anew, never just
appended again. The answer is a value: an acceptance, or a rejection from the domain."""

import logging
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from services.command.access import AccessFollower
from services.command.authorise import ended_by, refusal_of
from services.command.commit import commit_of, without_events
from services.command.fact_source import FactSource
from services.command.follow_up import follow_ups
from shared.access.state import ACCESS_STREAM_TYPES
from shared.domain.descriptor import Aggregate
from shared.domain.grant.commands import GiveGrant
from shared.domain.rejections import (
    Contended,
    Forbidden,
    Invalid,
    KeyReused,
    Rejection,
    Taken,
)
from shared.domain.service.events import ServiceRegistered
from shared.domain.vault.events import SecretsErased
from shared.envelope.codec import name_of
from shared.envelope.event import decode_event
from shared.envelope.messages import (
    Accepted,
    CommandEnvelope,
    Rejected,
    decode_reply,
)
from shared.eventstore import (
    Appended,
    ClaimTaken,
    Commit,
    Conflict,
    EpochStale,
    EventTooLarge,
    Past,
    Replayed,
    SecretRow,
    Store,
    StoredAnswer,
    Verdict,
)
from shared.eventstore import KeyReused as StoredKeyReused
from shared.eventstore.vault import Vault
from shared.kernel.actor import process_actor
from shared.kernel.secrets import SecretRef
from shared.runtime.clock import Clock

log = logging.getLogger(__name__)

ATTEMPTS_MAX = 8
NOTHING = Past(events=(), version=0, leaf=None, account_id=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    store: Store
    vault: Vault
    clock: Clock
    aggregates: dict[type, Aggregate]
    facts: FactSource

    @property
    def access(self) -> AccessFollower:
        return self.facts.access

    async def handle(self, envelope: CommandEnvelope, publisher: str) -> Accepted | Rejected:
        """`publisher` is the process whose subject the command came on."""
        now = self.clock.now()
        aggregate = self.aggregates.get(type(envelope.command))
        if aggregate is None:
            return Rejected(rejection=Invalid(field="type", message="is no command"))
        stored = await self._stored(envelope)
        refusal = refusal_of(
            envelope,
            publisher,
            self.access.index,
            now,
            project_of_service=await self._project_of_granted(envelope.command),
            repeats=None
            if stored is None or stored.rejected
            else (aggregate.subject(envelope.command).id, stored.result or ""),
        )
        if refusal is not None:
            return Rejected(rejection=refusal)
        if stored is not None:
            return _replayed(stored, envelope)
        if (ended := ended_by(envelope, self.access.index)) is not None:
            return Rejected(rejection=ended)
        answer, events = await self._decide_and_append(envelope, aggregate)
        if isinstance(answer, Accepted):
            return await self._settle(envelope, aggregate, answer, events)
        return answer

    async def _project_of_granted(self, command: Any) -> str | None:
        """Of the service that a grant is to be on: the access index knows no services."""
        if not isinstance(command, GiveGrant) or not command.resource.startswith("service:"):
            return None
        past = await self.store.read(command.resource.replace(":", "-", 1))
        if not past.events:
            return None
        first = past.events[0]
        born = decode_event(first.type, first.schema_version, first.data)
        return born.project_id if isinstance(born, ServiceRegistered) else None

    async def _stored(self, envelope: CommandEnvelope) -> StoredAnswer | None:
        """The first answer; it leaves only after today's permission was checked (THREATS 37)."""
        if envelope.fingerprint is None:
            return None
        return await self.store.answer_of(envelope.actor.text, envelope.command_id)

    async def _decide_and_append(
        self, envelope: CommandEnvelope, aggregate: Aggregate
    ) -> tuple[Accepted | Rejected, tuple[Any, ...]]:
        command = envelope.command
        subject = aggregate.subject(command)
        stream = f"{aggregate.stream_type}-{subject.id}"
        known = self.facts.known(subject)
        creating = isinstance(command, aggregate.creating)
        for attempt in range(ATTEMPTS_MAX):
            # A fresh id has no past: the read is saved, and a conflict says when that was wrong.
            past = NOTHING if creating and attempt == 0 else await self.store.read(stream)
            account_id = past.account_id or self.facts.account_of(subject, known)
            state = _folded(aggregate, past)
            if (wrong := aggregate.unsealable(envelope.command)) is not None:
                return Rejected(rejection=wrong), ()
            command, secrets = await self._seal(aggregate, envelope.command, state, account_id)
            facts = await self.facts.read(known, aggregate, subject, command, state, envelope.actor)
            decision = aggregate.decide(command, state, facts)
            events = decision if isinstance(decision, tuple) else ()
            commit = commit_of(
                envelope,
                aggregate,
                past,
                account_id=account_id,
                stream=stream,
                state=state,
                decision=decision,
                facts=facts,
                secrets=secrets,
            )
            if not events and envelope.fingerprint is None:
                # Nothing to write and nobody to remember the answer for.
                return await self._unwritten(past, decision, subject.id), ()
            try:
                verdict = await self.store.append(commit)
            except EventTooLarge as error:
                message = f"makes an event of {error.size} bytes; at most {error.limit} are kept"
                return Rejected(rejection=Invalid(field="body", message=message)), ()
            if isinstance(verdict, Conflict):
                creating = False
                continue
            answer = await self._answer(verdict, commit, decision, subject.id)
            return answer, events if isinstance(verdict, Appended) else ()
        log.warning("stream_contended", extra={"stream": stream})
        return Rejected(rejection=Contended()), ()

    async def _unwritten(self, past: Past, decision: Any, subject_id: str) -> Accepted | Rejected:
        if not isinstance(decision, tuple):
            return Rejected(rejection=decision)
        head = past.events[-1].position if past.events else await self.store.head()
        return Accepted(position=head, version=past.version, subject_id=subject_id)

    async def _answer(
        self, verdict: Verdict, commit: Commit, decision: Any, subject_id: str
    ) -> Accepted | Rejected:
        match verdict:
            case Appended():
                if not isinstance(decision, tuple):
                    return Rejected(rejection=decision)
                return Accepted(
                    position=verdict.position, version=verdict.version, subject_id=subject_id
                )
            case Replayed():
                return _first_answer(
                    verdict.position, verdict.version, verdict.result, verdict.rejected
                )
            case StoredKeyReused():
                return Rejected(rejection=KeyReused())
            case ClaimTaken():
                taken = Taken(
                    space=verdict.space,
                    key=verdict.key,
                    holder_kind=verdict.holder.partition("-")[0],
                )
                await self._remember(commit, taken)
                return Rejected(rejection=taken)
            case EpochStale():
                return Rejected(
                    rejection=Forbidden(
                        action="lead", resource="scheduler", why="another scheduler leads by now"
                    )
                )
            case Conflict():
                raise AssertionError("a conflict is decided again, not answered")

    async def _remember(self, commit: Commit, rejection: Rejection) -> None:
        """Under an idempotency key the first answer stands, a refused claim too."""
        if commit.fingerprint is None:
            return
        await self.store.append(without_events(commit, rejection))

    async def _settle(
        self,
        envelope: CommandEnvelope,
        aggregate: Aggregate,
        answer: Accepted,
        events: tuple[Any, ...],
    ) -> Accepted:
        """What must hold when the answer leaves: rights are known, and follow-ups are done."""
        position = answer.position
        if events and aggregate.stream_type in ACCESS_STREAM_TYPES:
            await self.access.catch_up()
        for version, event in enumerate(events, start=answer.version - len(events) + 1):
            position = max(position, await self.follow_up(event, version, envelope))
        return Accepted(
            position=position,
            version=answer.version,
            subject_id=answer.subject_id,
            replayed=answer.replayed,
        )

    async def follow_up(
        self, event: Any, version: int, cause: CommandEnvelope, at: datetime | None = None
    ) -> int:
        """Gives the commands that follow from an event of this version, recorded `at` (now where
        that is not said); the last position, or 0.

        Their ids follow from the cause's: given twice, they are decided once. An erasure given
        twice spares what was sealed after it."""
        if isinstance(event, SecretsErased):
            await self.vault.erase(event.account_id, event.owner_id, at)
        position = 0
        for command in follow_ups(event):
            envelope = CommandEnvelope(
                command_id=str(uuid5(NAMESPACE_OID, f"{cause.command_id}:{version}")),
                actor=process_actor("command"),
                surface=cause.surface,
                correlation_id=cause.correlation_id,
                causation_id=cause.command_id,
                reason=cause.reason,
                command=command,
            )
            reply = await self.handle(envelope, "command")
            if isinstance(reply, Accepted):
                position = max(position, reply.position)
            else:
                log.error(
                    "follow_up_rejected",
                    extra={
                        "command": name_of(command),
                        "rejection": type(reply.rejection).__name__,
                    },
                )
        return position

    async def _seal(
        self, aggregate: Aggregate, command: Any, state: Any, account_id: str
    ) -> tuple[Any, tuple[SecretRow, ...]]:
        by_owner: dict[str, dict[str, str]] = {}
        for owner_id, name, secret in aggregate.secrets(command, state):
            by_owner.setdefault(owner_id, {})[name] = secret.text
        if not by_owner:
            return command, ()
        refs: dict[str, SecretRef] = {}
        rows: list[SecretRow] = []
        for owner_id, texts in by_owner.items():
            refs_of_owner, rows_of_owner = await self.vault.seal_all(account_id, owner_id, texts)
            refs |= refs_of_owner
            rows += rows_of_owner
        return aggregate.sealed(command, refs), tuple(rows)


def _folded(aggregate: Aggregate, past: Past) -> Any:
    events = (decode_event(e.type, e.schema_version, e.data) for e in past.events)
    return reduce(aggregate.evolve, events, aggregate.initial)


def _replayed(stored: StoredAnswer, envelope: CommandEnvelope) -> Accepted | Rejected:
    if stored.fingerprint != bytes.fromhex(envelope.fingerprint or ""):
        return Rejected(rejection=KeyReused())
    return _first_answer(stored.position, stored.version, stored.result, stored.rejected)


def _first_answer(
    position: int, version: int, result: str | None, rejected: bool
) -> Accepted | Rejected:
    if rejected:
        reply = decode_reply((result or "").encode())
        if not isinstance(reply, Rejected):
            raise TypeError("a stored rejection is a rejection")
        return reply
    return Accepted(position=position, version=version, subject_id=result or "", replayed=True)
