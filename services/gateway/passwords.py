"""Passwords become argon2id hashes before they leave the gateway; the plain one goes nowhere.

A hash costs 64 MiB and a tenth of a second, so few run at a time and few wait."""

import asyncio
from base64 import b64decode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import hash_secret

from services.gateway.refusals import RateLimited, Refused
from shared.kernel.secrets import PlainText

AT_ONCE = 2
WAITING_MAX = 8
_ANY_HASH = "A" * 43  # 32 bytes


class PasswordHashers:
    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="argon2")
        self._in_hand = 0

    async def hash(self, password: str) -> PlainText:
        """The hash, as a text for the vault: it is still somebody's secret."""
        return await self._run(lambda: self._hasher.hash(password))

    async def hash_as(self, password: str, parameters: str) -> PlainText:
        """The hash with the salt and costs of another, given without that other itself
        (`$argon2id$v=..$m=..,t=..,p=..$salt`): equal passwords give equal texts."""
        return await self._run(lambda: _hash_as(password, parameters))

    def parameters(self, salt: str) -> str:
        """As those of a new hash, with this salt (base64 without padding)."""
        hasher = self._hasher
        costs = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
        return f"$argon2id$v=19${costs}${salt}"

    async def _run(self, work: Callable[[], str]) -> PlainText:
        if self._in_hand >= WAITING_MAX:
            raise Refused(RateLimited(retry_after_seconds=1))
        self._in_hand += 1
        try:
            loop = asyncio.get_running_loop()
            hashed = await loop.run_in_executor(self._pool, work)
        finally:
            self._in_hand -= 1
        return PlainText(text=hashed)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def _hash_as(password: str, parameters: str) -> str:
    # The library only reads whole hashes; the length of the missing one is that of all of ours.
    costs = extract_parameters(f"{parameters}${_ANY_HASH}")
    salt = parameters.rpartition("$")[2]
    raw = b64decode(salt + "=" * (-len(salt) % 4), validate=True)
    return hash_secret(
        password.encode("utf-8", "surrogatepass"),
        raw,
        time_cost=costs.time_cost,
        memory_cost=costs.memory_cost,
        parallelism=costs.parallelism,
        hash_len=costs.hash_len,
        type=costs.type,
        version=costs.version,
    ).decode("ascii")
