"""What the gateway itself refuses; a surface's `errors.py` gives it that dialect's shape.

`said` holds what all dialects say alike. Exceptions here only carry such a value from where it is
seen to the one place that answers it."""

from dataclasses import dataclass
from typing import assert_never

from shared.domain.rejections import Rejection


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRequest:
    """The request as a whole cannot be read: its line, a header, its JSON."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BadFields:
    """Fields of body or query, in the dialect's own names, with what is wrong with each."""

    problems: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAuthenticated:
    """No credential, or none that is valid; the two are answered alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAllowed:
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSuchPath:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSuchMethod:
    allow: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TooLarge:
    limit_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimited:
    retry_after_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable:
    """A process of ours is away or did not answer in time; the same request may work soon."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Accident:
    """A bug, here or behind the bus. The log knows more than the answer says."""


Refusal = (
    BadRequest
    | BadFields
    | NotAuthenticated
    | NotAllowed
    | NoSuchPath
    | NoSuchMethod
    | TooLarge
    | RateLimited
    | Unavailable
    | Accident
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    status: int
    sentence: str
    headers: tuple[tuple[str, str], ...] = ()


def said(refusal: Refusal) -> Said:
    """The status, one sentence and the headers that HTTP wants with it."""
    match refusal:
        case BadRequest():
            return Said(status=400, sentence=refusal.message)
        case BadFields():
            faults = "; ".join(f"{name} {what}" for name, what in refusal.problems)
            return Said(status=400, sentence=f"{faults}.")
        case NotAuthenticated():
            headers = (("WWW-Authenticate", "Bearer"),)
            sentence = "The credential is missing or not valid."
            return Said(status=401, sentence=sentence, headers=headers)
        case NotAllowed():
            return Said(status=403, sentence=refusal.message)
        case NoSuchPath():
            return Said(status=404, sentence="There is nothing at this path.")
        case NoSuchMethod():
            headers = (("Allow", refusal.allow),)
            return Said(status=405, sentence=f"This path allows {refusal.allow}.", headers=headers)
        case TooLarge():
            sentence = f"The body is longer than {refusal.limit_bytes} bytes."
            return Said(status=413, sentence=sentence)
        case RateLimited():
            seconds = str(refusal.retry_after_seconds)
            sentence = f"Too many requests; try again in {seconds} s."
            return Said(status=429, sentence=sentence, headers=(("Retry-After", seconds),))
        case Unavailable():
            return Said(status=503, sentence=refusal.message, headers=(("Retry-After", "1"),))
        case Accident():
            sentence = "Something went wrong on our side; the request id finds it in the log."
            return Said(status=500, sentence=sentence)
        case _:
            assert_never(refusal)


class Refused(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(type(refusal).__name__)
        self.refusal = refusal


class CommandRejected(Exception):
    """The domain (or the access check) said no: to a command or to a question."""

    def __init__(self, rejection: Rejection) -> None:
        super().__init__(type(rejection).__name__)
        self.rejection = rejection
