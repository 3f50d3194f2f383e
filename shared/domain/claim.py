"""Claims: uniqueness decided inside the append, never by a look at a view (DESIGN 5)."""

from dataclasses import dataclass
from typing import Literal

ClaimSpace = Literal[
    "handle", "slug", "domain", "config", "active_name", "unit_test_name", "project_name"
]

# Unique within one account: the shell puts the account's id before the key.
ACCOUNT_SPACES: frozenset[ClaimSpace] = frozenset({"config", "project_name"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """`take` fails where another stream holds (space, key); `release` of what is free is fine."""

    op: Literal["take", "release"]
    space: ClaimSpace
    key: str


def take(space: ClaimSpace, key: str) -> Claim:
    return Claim(op="take", space=space, key=key)


def release(space: ClaimSpace, key: str) -> Claim:
    return Claim(op="release", space=space, key=key)
