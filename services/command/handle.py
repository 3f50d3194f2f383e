"""The shell around every decision, written once: authorise, read, fold, decide, append, again.

A conflict means somebody else's events may change our answer, so it is decided anew, never just
appended again. The answer is a value: an acceptance, or a rejection from the domain."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from services.command.access import AccessFollower
from services.command.authorise import gone, refusal_of
from services.command.follow_up import follow_ups
from services.command.record_facts import record_facts
from services.command.start_facts import start_facts
from shared.access.state import ACCESS_STREAM_TYPES
from shared.domain.api_key.commands import IssueApiKey
from shared.domain.catalog import EVENTS
from shared.domain.claim import ACCOUNT_SPACES
from shared.domain.descriptor import Aggregate, Subject
from shared.domain.environment.commands import CreateEnvironment
from shared.domain.execution.commands import RequestBuild
from shared.domain.facts import Facts, ProjectFacts
from shared.domain.git_credential.commands import AddGitCredential
from shared.domain.grant.commands import GiveGrant
from shared.domain.hardware_tier.commands import CreateHardwareTier
from shared.domain.importing.commands import BeginImport
from shared.domain.principal.commands import CreateServiceAccount
from shared.domain.project.commands import CreateProject
from shared.domain.quotas import UNLIMITED
from shared.domain.rejections import (
    Contended,
    Forbidden,
    Invalid,
    KeyReused,
    NotFound,
    Rejection,
    Taken,
)
from shared.domain.service.events import ServiceRegistered
from shared.domain.subscription.commands import CreateSubscription
from shared.domain.vault.commands import EraseSecrets
from shared.domain.vault.events import SecretsErased
from shared.domain.webhook.commands import CreateWebhook
from shared.envelope.codec import encode, name_of
from shared.envelope.event import decode_event
from shared.envelope.messages import (
    Accepted,
    CommandEnvelope,
    Rejected,
    decode_reply,
    encode_reply,
)
from shared.eventstore import (
    Appended,
    ClaimOp,
    ClaimTaken,
    Commit,
    Conflict,
    EpochStale,
    EventTooLarge,
    NewEvent,
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
    access: AccessFollower
    clock: Clock
    aggregates: dict[type, Aggregate]
    host_suffix: str
    own_hosts: tuple[str, ...]
    registry_is_open: bool = True

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
        if (missing := gone(envelope, self.access.index)) is not None:
            return Rejected(rejection=missing)
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
        facts = self._facts(subject)
        creating = isinstance(command, aggregate.creating)
        for attempt in range(ATTEMPTS_MAX):
            # A fresh id has no past: the read is saved, and a conflict says when that was wrong.
            past = NOTHING if creating and attempt == 0 else await self.store.read(stream)
            account_id = past.account_id or self._account(command, subject, facts)
            if account_id is None:
                return Rejected(rejection=NotFound(kind="principal", key=subject.id)), ()
            state = reduce(
                aggregate.evolve,
                (decode_event(e.type, e.schema_version, e.data) for e in past.events),
                aggregate.initial,
            )
            if (wrong := aggregate.unsealable(envelope.command)) is not None:
                return Rejected(rejection=wrong), ()
            command, secrets = await self._seal(aggregate, envelope.command, state, account_id)
            if wanted := aggregate.records(command, state):
                facts = replace(facts, records=await record_facts(self.store, wanted))
            if needs := aggregate.start_needs(command):
                index = self.access.index
                start = await start_facts(self.store, needs, envelope.actor, index)
                facts = replace(facts, start=start)
            facts = await self._counted(aggregate, subject, facts)
            decision = aggregate.decide(command, state, facts)
            events = decision if isinstance(decision, tuple) else ()
            commit = _commit(
                envelope,
                aggregate,
                past,
                account_id=account_id,
                stream=stream,
                events=events,
                claims=_claims(aggregate, state, events, account_id),
                secrets=_referred(secrets, events),
                rejection=None if isinstance(decision, tuple) else decision,
            )
            if not events and envelope.fingerprint is None:
                # Nothing to write and nobody to remember the answer for.
                if isinstance(decision, tuple):
                    head = past.events[-1].position if past.events else await self.store.head()
                    return (
                        Accepted(position=head, version=past.version, subject_id=subject.id),
                        (),
                    )
                return Rejected(rejection=decision), ()
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
        await self.store.append(_without_events(commit, rejection))

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

    async def _counted(self, aggregate: Aggregate, subject: Subject, facts: Facts) -> Facts:
        """With the number of services the project has, where that is limited: each live one claims
        its slug there."""
        limit = facts.quota.services
        if aggregate.stream_type != "service" or limit is None:
            return facts
        count = await self.store.count_claims("slug", f"{subject.project_id}:", limit + 1)
        return replace(facts, services=count)

    def _facts(self, subject: Subject) -> Facts:
        index = self.access.index
        project = index.live_project(subject.project_id) if subject.project_id else None
        return Facts(
            project=ProjectFacts(
                project_id=project.id,
                account_id=project.account_id,
                handle=project.handle,
                is_archived=project.is_archived,
                is_blocked=project.is_blocked,
                is_restricted=project.is_restricted,
            )
            if project
            else None,
            principal_is_live=subject.principal_id is not None
            and index.principal_is_live(subject.principal_id),
            live_principals=frozenset(filter(index.principal_is_live, subject.principal_ids)),
            host_suffix=self.host_suffix,
            own_hosts=self.own_hosts,
            registry_is_open=self.registry_is_open,
            quota=index.quota_of(project.id) if project else UNLIMITED,
        )

    def _account(self, command: Any, subject: Subject, facts: Facts) -> str | None:
        """The tenant of a stream that is about to begin."""
        match command:
            case (
                CreateServiceAccount()
                | CreateProject()
                | CreateWebhook()
                | CreateSubscription()
                | BeginImport()
                | EraseSecrets()
                | CreateHardwareTier()
                | CreateEnvironment()
                | RequestBuild()
            ):
                return str(command.account_id)
            case IssueApiKey() | GiveGrant() | AddGitCredential():
                principal = self.access.index.principals.get(command.principal_id)
                return principal.account_id if principal else command.principal_id
        if facts.project is not None:
            return facts.project.account_id
        return subject.project_id or subject.id

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


def _claims(
    aggregate: Aggregate, state: Any, events: tuple[Any, ...], account_id: str
) -> tuple[ClaimOp, ...]:
    ops: list[ClaimOp] = []
    for event in events:
        for claim in aggregate.claims(state, event):
            own = claim.space in ACCOUNT_SPACES
            key = f"{account_id}:{claim.key}" if own else claim.key
            ops.append(ClaimOp(op=claim.op, space=claim.space, key=key))
        state = aggregate.evolve(state, event)
    return tuple(ops)


def _commit(
    envelope: CommandEnvelope,
    aggregate: Aggregate,
    past: Past,
    *,
    account_id: str,
    stream: str,
    events: tuple[Any, ...],
    claims: tuple[ClaimOp, ...],
    secrets: tuple[SecretRow, ...],
    rejection: Rejection | None,
) -> Commit:
    return Commit(
        account_id=account_id,
        stream=stream,
        stream_type=aggregate.stream_type,
        expected=past.version,
        command_id=envelope.command_id,
        fingerprint=bytes.fromhex(envelope.fingerprint) if envelope.fingerprint else None,
        correlation_id=_as_uuid(envelope.correlation_id),
        causation_id=_as_uuid(envelope.causation_id) if envelope.causation_id else None,
        actor=envelope.actor.text,
        credential_id=envelope.actor.credential_id,
        surface=envelope.surface,
        reason=envelope.reason,
        epoch=envelope.epoch,
        events=tuple(
            NewEvent(
                type=(name := name_of(event)),
                schema_version=EVENTS[name][1],
                data=encode(event).decode(),
            )
            for event in events
        ),
        claims=claims,
        secrets=secrets,
        result=stream.partition("-")[2]
        if rejection is None
        else encode_reply(Rejected(rejection=rejection)).decode(),
        previous_leaf=past.leaf,
        rejected=rejection is not None,
    )


def _referred(secrets: tuple[SecretRow, ...], events: tuple[Any, ...]) -> tuple[SecretRow, ...]:
    """What no event refers to is not kept: a proof was only compared."""
    if not secrets:
        return ()
    text = b"".join(encode(event) for event in events)
    return tuple(row for row in secrets if row.id.encode() in text)


def _as_uuid(text: str) -> str:
    """Callers choose correlation ids; the log keeps UUIDs. The same text gives the same UUID."""
    try:
        return str(UUID(text))
    except ValueError:
        return str(uuid5(NAMESPACE_OID, text))


def _without_events(commit: Commit, rejection: Rejection) -> Commit:
    return replace(
        commit,
        events=(),
        claims=(),
        secrets=(),
        rejected=True,
        result=encode_reply(Rejected(rejection=rejection)).decode(),
    )
