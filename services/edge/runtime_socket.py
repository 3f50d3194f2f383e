"""HAProxy's runtime socket: commands as text, answers as text, each within a time-out.

One connection carries a batch of commands in prompt mode, so each answer has a clear end. HAProxy
says errors in prose and success by silence or by one of two sentences (SUCCESSES)."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

_PROMPT = b"\n> "
SUCCESSES = frozenset({"", "New server registered.", "Server deleted."})
ANSWER_BYTES_MAX = 64 * 1024 * 1024


class RuntimeUnreachable(Exception):
    """HAProxy does not answer at all: it is away, or hangs."""


class RuntimeSocket:
    def __init__(self, path: Path, *, timeout_seconds: float = 5.0) -> None:
        self._path = path
        self._timeout_seconds = timeout_seconds

    async def ask(self, *commands: str) -> list[str]:
        """The answer of each command. Raises RuntimeUnreachable."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._talk(commands)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            raise RuntimeUnreachable(f"{self._path}: {error!r}") from error

    async def _talk(self, commands: Sequence[str]) -> list[str]:
        reader, writer = await asyncio.open_unix_connection(self._path, limit=ANSWER_BYTES_MAX)
        try:
            writer.write(b"prompt\n")
            await reader.readuntil(_PROMPT)
            return [await _answer(reader, writer, command) for command in commands]
        finally:
            writer.close()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, command: str) -> str:
    if not command.isprintable() or not command.isascii() or ";" in command:
        # A separator inside a value would be a second command with all of an admin's rights.
        raise ValueError(f"not one command: {command!r}")
    writer.write(command.encode("ascii") + b"\n")
    return (await reader.readuntil(_PROMPT))[: -len(_PROMPT)].decode("utf-8", "replace").strip()
