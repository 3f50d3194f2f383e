"""What the gateway itself refuses, in no dialect's words; a surface's `errors.py` spells it.

Exceptions here only carry such a value from where it is seen to the one place that answers it."""

from dataclasses import dataclass

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


class Refused(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(type(refusal).__name__)
        self.refusal = refusal


class CommandRejected(Exception):
    """The domain (or the access check) said no: to a command or to a question."""

    def __init__(self, rejection: Rejection) -> None:
        super().__init__(type(rejection).__name__)
        self.rejection = rejection
