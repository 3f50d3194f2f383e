"""From a decision to what is appended: its events, claims and secrets, and the answer that is kept
under an idempotency key. Pure."""

from dataclasses import replace
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from shared.domain.catalog import EVENTS
from shared.domain.claim import ACCOUNT_SPACES
from shared.domain.descriptor import Aggregate
from shared.domain.facts import Facts
from shared.domain.rejections import Rejection
from shared.envelope.codec import encode, name_of
from shared.envelope.messages import CommandEnvelope, Rejected, encode_reply
from shared.eventstore import ClaimOp, Commit, NewEvent, Past, SecretRow


def commit_of(
    envelope: CommandEnvelope,
    aggregate: Aggregate,
    past: Past,
    *,
    account_id: str,
    stream: str,
    state: Any,
    decision: Any,
    facts: Facts,
    secrets: tuple[SecretRow, ...],
) -> Commit:
    """`decision` is the tuple of events or the rejection that `decide` answered in `state`, told
    `facts`."""
    events = decision if isinstance(decision, tuple) else ()
    rejection = None if isinstance(decision, tuple) else decision
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
        claims=_bounded(_claims(aggregate, state, events, account_id), facts),
        secrets=_referred(secrets, events),
        result=stream.partition("-")[2] if rejection is None else _answer(rejection),
        previous_leaf=past.leaf,
        rejected=rejection is not None,
    )


def without_events(commit: Commit, rejection: Rejection) -> Commit:
    """The same command, answered by what the store found."""
    return replace(
        commit, events=(), claims=(), secrets=(), rejected=True, result=_answer(rejection)
    )


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


def _bounded(claims: tuple[ClaimOp, ...], facts: Facts) -> tuple[ClaimOp, ...]:
    """A service more is counted again as it is appended: decisions of one moment do not see each
    other."""
    most = facts.quota.services
    slugs = [claim for claim in claims if claim.space == "slug"]
    if most is None or sum(1 if claim.op == "take" else -1 for claim in slugs) <= 0:
        return claims
    project_id = slugs[0].key.partition(":")[0]
    return (ClaimOp(op="bound", space="slug", key=f"{most}:{project_id}:"), *claims)


def _referred(secrets: tuple[SecretRow, ...], events: tuple[Any, ...]) -> tuple[SecretRow, ...]:
    """What no event refers to is not kept: a proof was only compared."""
    if not secrets:
        return ()
    text = b"".join(encode(event) for event in events)
    return tuple(row for row in secrets if row.id.encode() in text)


def _answer(rejection: Rejection) -> str:
    return encode_reply(Rejected(rejection=rejection)).decode()


def _as_uuid(text: str) -> str:
    """Callers choose correlation ids; the log keeps UUIDs. The same text gives the same UUID."""
    try:
        return str(UUID(text))
    except ValueError:
        return str(uuid5(NAMESPACE_OID, text))
