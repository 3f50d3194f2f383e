"""A secret's two lives: the text as a client sent it, and the reference that events hold.

Only the command process turns one into the other (shared/eventstore/vault.py). Personal fields (a
user's name and address) live the same way: an event refers to them, an erasure ends them."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainText:
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRef:
    """`mac`: HMAC under the owner's erasable key; equal secrets of a name have equal ones."""

    secret_id: str
    mac: str


# A personal field as its events hold it; clear text in those that are older than its sealing.
Personal = str | SecretRef

# What stands where a personal field was erased.
ERASED = "[erased]"


def is_same(one: Personal | None, other: Personal | None) -> bool:
    """Whether two hold the same text, as far as that can be told without opening either."""
    if isinstance(one, SecretRef) and isinstance(other, SecretRef):
        return one.mac == other.mac
    return one == other
