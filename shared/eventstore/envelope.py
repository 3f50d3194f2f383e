"""The checks every commit passes before any store sees it, and the commit made ready to write.

What cannot be written is refused here, so that it never fails the batch it would travel in.
"""

from dataclasses import dataclass

from shared.eventstore.chain import leaves_of
from shared.eventstore.failures import EventTooLarge, InvalidCommit
from shared.eventstore.messages import Commit

EVENT_BYTES_MAX = 512 * 1024
# What the relay adds around the fields: the names of the CloudEvents attributes and the headers.
_ENVELOPE_BYTES = 2048
_VERSION_MAX = 2**31 - 1
# These are keys of indexes, whose entries Postgres limits to some 2,700 bytes.
_NAME_BYTES_MAX = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A commit with the ids and leaves of its events. `size` counts its bytes for batching."""

    commit: Commit
    event_ids: tuple[str, ...]
    leaves: tuple[bytes, ...]
    size: int


def seal(commit: Commit) -> Sealed:
    _check_numbers(commit)
    envelope = _ENVELOPE_BYTES + sum(_size(text) for text in _envelope_texts(commit))
    size = envelope + _size(commit.result)
    for event in commit.events:
        event_size = envelope + _size(event.type) + _size(event.data)
        if event_size > EVENT_BYTES_MAX:
            raise EventTooLarge(event.type, event_size, EVENT_BYTES_MAX)
        size += event_size - envelope
    for name in (commit.stream, commit.account_id, commit.actor):
        _name_size(name)
    for claim in commit.claims:
        size += _name_size(claim.space) + _name_size(claim.key)
    for secret in commit.secrets:
        size += len(secret.ciphertext)
    made = leaves_of(commit)
    return Sealed(
        commit=commit,
        event_ids=tuple(event_id for event_id, _ in made),
        leaves=tuple(leaf for _, leaf in made),
        size=size,
    )


def _check_numbers(commit: Commit) -> None:
    if commit.expected < 0 or commit.expected + len(commit.events) > _VERSION_MAX:
        raise InvalidCommit(f"no stream has version {commit.expected}")
    if (commit.expected == 0) != (commit.previous_leaf is None):
        raise InvalidCommit("the previous leaf belongs to every stream that exists, and only to it")
    if not commit.events and (commit.claims or commit.secrets):
        raise InvalidCommit("claims and secrets come with an event that says so")
    if any(not 0 < event.schema_version < 2**15 for event in commit.events):
        raise InvalidCommit("schema versions count from 1")


def _envelope_texts(commit: Commit) -> tuple[str | None, ...]:
    return (
        commit.account_id,
        commit.stream,
        commit.stream_type,
        commit.actor,
        commit.credential_id,
        commit.surface,
        commit.reason,
    )


def _size(text: str | None) -> int:
    if text is None:
        return 0
    if "\x00" in text:
        raise InvalidCommit("text with a NUL cannot be stored")
    try:
        return len(text.encode())
    except UnicodeEncodeError as error:
        raise InvalidCommit("text with half a surrogate pair cannot be stored") from error


def _name_size(name: str) -> int:
    size = _size(name)
    if not 0 < size <= _NAME_BYTES_MAX:
        raise InvalidCommit(f"a name of {size} bytes cannot be a key")
    return size
