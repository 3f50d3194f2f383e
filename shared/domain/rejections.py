"""Rejections every aggregate may answer. A rejection is a value; it says the obstacle."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Unauthenticated:
    """The credential is unknown, expired or revoked, or its principal is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forbidden:
    action: str
    resource: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotFound:
    """Absent, or not visible to who asks: the answers are the same, byte for byte."""

    kind: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Invalid:
    """One field is wrong by itself."""

    field: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Incompatible:
    """Each field is fine, together they are not."""

    fields: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Another stream holds this claim. `holder_kind` names what kind of thing it is, no more."""

    space: str
    key: str
    holder_kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflicting:
    """The thing is in a state in which this cannot be done."""

    state: Literal[
        "deploying",
        "removed",
        "exists",
        "home",
        "not_deploying",
        "superseded",
        "stale",
        "fixed",
        "used",
        "no_stable_deployment",
        "full",
        "last_admin",
        "quota",
        "archived",
    ]
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyReused:
    """The idempotency key was used before with another body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contended:
    """Too many writers on one stream for the bounded number of tries; ask again."""


Rejection = (
    Unauthenticated
    | Forbidden
    | NotFound
    | Invalid
    | Incompatible
    | Taken
    | Conflicting
    | KeyReused
    | Contended
)
