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

    async def upload(self, command: str, payload: str) -> str:
        """A command with a text of several lines, none of them blank. Raises RuntimeUnreachable."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                reader, writer = await asyncio.open_unix_connection(
                    self._path, limit=ANSWER_BYTES_MAX
                )
                try:
                    writer.write(b"prompt\n")
                    await reader.readuntil(_PROMPT)
                    return await _answer(reader, writer, command, payload)
                finally:
                    writer.close()
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


async def _answer(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    command: str,
    payload: str | None = None,
) -> str:
    if not command.isprintable() or not command.isascii() or ";" in command:
        # A separator inside a value would be a second command with all of an admin's rights.
        raise ValueError(f"not one command: {command!r}")
    whole = command if payload is None else f"{command} <<\n{_lines(payload)}\n"
    writer.write(whole.encode("ascii") + b"\n")
    return (await reader.readuntil(_PROMPT))[: -len(_PROMPT)].decode("utf-8", "replace").strip()


def _lines(payload: str) -> str:
    """Raises ValueError where a line is blank, which would end the payload before its end."""
    lines = payload.strip("\n").split("\n")
    if not all(line.strip() and line.isprintable() and line.isascii() for line in lines):
        raise ValueError("not lines of printable ASCII")
    return "\n".join(lines)
