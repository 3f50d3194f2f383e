"""Passwords become argon2id hashes before they leave the gateway; the plain one goes nowhere.

A hash costs 64 MiB and a tenth of a second, so few run at a time and few wait."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher

from services.gateway.refusals import RateLimited, Refused
from shared.kernel.secrets import PlainText

AT_ONCE = 2
WAITING_MAX = 8


class PasswordHashers:
    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="argon2")
        self._in_hand = 0

    async def hash(self, password: str) -> PlainText:
        """The hash, as a text for the vault: it is still somebody's secret."""
        if self._in_hand >= WAITING_MAX:
            raise Refused(RateLimited(retry_after_seconds=1))
        self._in_hand += 1
        try:
            loop = asyncio.get_running_loop()
            hashed = await loop.run_in_executor(self._pool, self._hasher.hash, password)
        finally:
            self._in_hand -= 1
        return PlainText(text=hashed)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
