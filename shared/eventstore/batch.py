"""One call of es.append: commits in, verdicts out. The SQL side is deploy/postgres's 0002_append.

An outcome that says the caller is wrong comes back as an exception *value*, so that it reaches
that caller and nobody else of the batch.
"""

from collections.abc import Sequence
from typing import TypeVar

from psycopg import AsyncConnection

from shared.eventstore.arrays import BinaryArray, bigints, booleans, byteas, ints, texts
from shared.eventstore.envelope import Sealed
from shared.eventstore.failures import InconsistentCommit
from shared.eventstore.messages import (
    Appended,
    ClaimTaken,
    Conflict,
    EpochStale,
    KeyReused,
    Replayed,
    Verdict,
)

_TYPES = (
    # per command
    "text text text int text bytea text text text text text text bigint text boolean text bytea"
    " bytea int int"
    # per event
    " int int text text int text bytea"
    # per claim
    " int text text text"
    # per secret
    " int text text text int bytea bytea"
).split()
_PLACES = ", ".join(f"%b::{kind}[]" for kind in _TYPES)
_APPEND = f"select * from es.append({_PLACES})"  # noqa: S608 - constants of this file

_T = TypeVar("_T")
_Row = tuple[
    int, str, int | None, int | None, str | None, bool | None, str | None, str | None, str | None
]


async def append_batch(
    connection: AsyncConnection, batch: Sequence[Sealed]
) -> list[Verdict | InconsistentCommit]:
    cursor = connection.cursor(binary=True)
    await cursor.execute(_APPEND, _parameters(batch), prepare=True)
    rows: list[_Row] = await cursor.fetchall()
    verdicts = {row[0]: _verdict(row, batch[row[0] - 1]) for row in rows}
    return [verdicts[number] for number in range(1, len(batch) + 1)]


def _parameters(batch: Sequence[Sealed]) -> list[BinaryArray]:
    return [
        *_of_commands(batch),
        *_of_events(batch),
        *_of_claims(batch),
        *_of_secrets(batch),
    ]


def _of_commands(batch: Sequence[Sealed]) -> list[BinaryArray]:
    commits = [sealed.commit for sealed in batch]
    return [
        texts(c.account_id for c in commits),
        texts(c.stream for c in commits),
        texts(c.stream_type for c in commits),
        ints(c.expected for c in commits),
        texts(c.command_id for c in commits),
        byteas(c.fingerprint for c in commits),
        texts(c.correlation_id for c in commits),
        texts(c.causation_id for c in commits),
        texts(c.actor for c in commits),
        texts(c.credential_id for c in commits),
        texts(c.surface for c in commits),
        texts(c.reason for c in commits),
        bigints(c.epoch for c in commits),
        texts(c.result for c in commits),
        booleans(c.rejected for c in commits),
        texts(None if c.expires_at is None else c.expires_at.isoformat() for c in commits),
        byteas(c.previous_leaf for c in commits),
        byteas(sealed.leaves[-1] if sealed.leaves else None for sealed in batch),
        ints(len(c.events) for c in commits),
        ints(len(c.claims) for c in commits),
    ]


def _of_events(batch: Sequence[Sealed]) -> list[BinaryArray]:
    placed = [
        (of, number, event)
        for of, sealed in enumerate(batch, start=1)
        for number, event in enumerate(sealed.commit.events, start=1)
    ]
    return [
        ints(of for of, _, _ in placed),
        ints(number for _, number, _ in placed),
        texts(event_id for sealed in batch for event_id in sealed.event_ids),
        texts(event.type for _, _, event in placed),
        ints(event.schema_version for _, _, event in placed),
        texts(event.data for _, _, event in placed),
        byteas(leaf for sealed in batch for leaf in sealed.leaves),
    ]


def _of_claims(batch: Sequence[Sealed]) -> list[BinaryArray]:
    placed = [
        (of, claim) for of, sealed in enumerate(batch, start=1) for claim in sealed.commit.claims
    ]
    return [
        ints(of for of, _ in placed),
        texts(claim.op for _, claim in placed),
        texts(claim.space for _, claim in placed),
        texts(claim.key for _, claim in placed),
    ]


def _of_secrets(batch: Sequence[Sealed]) -> list[BinaryArray]:
    placed = [
        (of, secret) for of, sealed in enumerate(batch, start=1) for secret in sealed.commit.secrets
    ]
    return [
        ints(of for of, _ in placed),
        texts(secret.id for _, secret in placed),
        texts(secret.account_id for _, secret in placed),
        texts(secret.owner_id for _, secret in placed),
        ints(secret.key_version for _, secret in placed),
        byteas(secret.nonce for _, secret in placed),
        byteas(secret.ciphertext for _, secret in placed),
    ]


def _verdict(row: _Row, sealed: Sealed) -> Verdict | InconsistentCommit:
    _, outcome, position, version, result, rejected, space, key, holder = row
    match outcome:
        case "appended":
            return Appended(position=_there(position), version=_there(version))
        case "replayed":
            return Replayed(
                position=_there(position),
                version=_there(version),
                result=result,
                rejected=bool(rejected),
            )
        case "key_reused":
            return KeyReused()
        case "conflict":
            return Conflict(version=_there(version))
        case "claim_taken":
            return ClaimTaken(space=_there(space), key=_there(key), holder=_there(holder))
        case "epoch_stale":
            return EpochStale()
        case "foreign_account":
            return InconsistentCommit(f"{sealed.commit.stream} belongs to another account")
        case "foreign_leaf":
            return InconsistentCommit(f"{sealed.commit.stream} ends in another leaf")
        case _:
            raise AssertionError(f"es.append answered {outcome!r}")


def _there(value: _T | None) -> _T:
    if value is None:
        raise AssertionError("es.append left out a column of its verdict")
    return value
