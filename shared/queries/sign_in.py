"""What the gateway needs to let somebody prove a password: never its hash, never a verdict."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class GetHashing:
    """How the password of the user with this handle, or this e-mail address, was hashed."""

    handle: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HashingDocument:
    """`parameters` is the hash's own text up to and with its salt, without the hash. Both are None
    where nobody of that name has a password."""

    principal_id: str | None
    parameters: str | None
