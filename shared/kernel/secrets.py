"""A secret's two lives: the text as a client sent it, and the reference that events hold.

Only the command process turns one into the other (shared/eventstore/vault.py)."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainText:
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRef:
    """`mac`: HMAC under the owner's erasable key; equal secrets of a name have equal ones."""

    secret_id: str
    mac: str
