"""Who calls: the credential of a request becomes a keyed digest, the digest a caller.

Answers are kept for at most a second, fewer where the key ends sooner, and all are dropped when
anything about principals, projects, keys or grants changes: a revoked key is dead at once."""

import asyncio
import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol

from shared.access.digest import Presented, digest_of, presented_bearer
from shared.queries.identity import Authenticate, AuthenticateKey, CallerDocument
from shared.runtime.clock import Clock

KEPT_MAX = 10_000
KEPT_SECONDS = 1.0
HEADER_LENGTH_MAX = 4096
_CREDENTIAL = re.compile(r"([A-Za-z-]{1,20}) +([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)\Z")


class AsksWhoCalls(Protocol):
    async def who_calls(self, question: Authenticate | AuthenticateKey) -> CallerDocument | None:
        """None where no live credential has this digest or id."""
        ...


def presented_by(header: str) -> Presented | None:
    """What an `Authorization` header shows; None where it is malformed or of another scheme."""
    match = _CREDENTIAL.match(header) if len(header) <= HEADER_LENGTH_MAX else None
    if match is None:
        return None
    scheme, credential = match.group(1).lower(), match.group(2)
    if scheme == "bearer":
        return presented_bearer(credential)
    if scheme == "api-key":
        name, dollar, secret = credential.partition("$")
        if name and dollar and secret:
            return Presented(secret=secret, key_name=name)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    caller: CallerDocument | None
    until: float


class Authenticator:
    def __init__(self, asker: AsksWhoCalls, installation: bytes, clock: Clock) -> None:
        self._asker = asker
        self._installation = installation
        self._clock = clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._asking: dict[str, asyncio.Future[CallerDocument | None]] = {}
        self._generation = 0

    @property
    def generation(self) -> int:
        """Counts the changes of access that were heard of."""
        return self._generation

    def forget(self) -> None:
        """Something about access has changed; what is being asked now may be old too."""
        self._generation += 1
        self._kept.clear()
        self._asking.clear()

    async def caller_of(self, header: str | None) -> CallerDocument | None:
        presented = None if header is None else presented_by(header)
        return None if presented is None else await self.caller_showing(presented)

    async def caller_of_key(self, key_id: str) -> CallerDocument | None:
        """Of a live key whose id a token of our own signing names (tokens.py)."""
        return await self._kept_or_asked(f"key:{key_id}", AuthenticateKey(key_id=key_id))

    async def caller_showing(self, presented: Presented) -> CallerDocument | None:
        digest = digest_of(presented.secret, self._installation)
        caller = await self._kept_or_asked(digest, Authenticate(digest=digest))
        if caller is None:
            return None
        # A name or id that does not fit the secret is a wrong credential, not a detail.
        if presented.key_id not in (None, caller.key_id):
            return None
        if presented.key_name not in (None, caller.key_name):
            return None
        return caller

    async def _kept_or_asked(
        self, credential: str, question: Authenticate | AuthenticateKey
    ) -> CallerDocument | None:
        kept = self._kept.get(credential)
        if kept is not None and kept.until > self._clock.monotonic():
            return kept.caller
        asking = self._asking.get(credential)
        if asking is None:
            asking = asyncio.ensure_future(self._ask(credential, question, self._generation))
            self._asking[credential] = asking
        # Shielded: a client that goes away must not cancel the answer of the others.
        return await asyncio.shield(asking)

    async def _ask(
        self, credential: str, question: Authenticate | AuthenticateKey, generation: int
    ) -> CallerDocument | None:
        try:
            caller = await self._asker.who_calls(question)
        finally:
            if generation == self._generation:
                self._asking.pop(credential, None)
        if generation == self._generation:
            self._keep(credential, caller)
        return caller

    def _keep(self, credential: str, caller: CallerDocument | None) -> None:
        seconds = KEPT_SECONDS
        if caller is not None and caller.key_expires_at is not None:
            left = (caller.key_expires_at - self._clock.now()).total_seconds()
            seconds = max(0.0, min(seconds, left))
        self._kept[credential] = _Kept(caller=caller, until=self._clock.monotonic() + seconds)
        self._kept.move_to_end(credential)
        if len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)
