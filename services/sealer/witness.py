"""The witness: a file outside the database to which every checkpoint is added, one line each.

What makes it worth something is that whoever can rewrite the database cannot write here: put it on
another machine's mount. A mount may hang, so no call of here runs on the event loop."""

import asyncio
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ParamSpec

from shared.proof.checkpoint import Checkpoint, NoteInvalid, Verifier
from shared.proof.seal import Seal

SECONDS = 5.0
TAIL_BYTES = 64 * 1024

P = ParamSpec("P")


class WitnessUnreachable(Exception):
    """The file cannot be read or written now; the text says why."""


class Witness:
    def __init__(self, path: Path, verifier: Verifier) -> None:
        self._path = path
        self._verifier = verifier
        self._work: asyncio.Task[str | None] | None = None

    async def newest(self) -> Checkpoint | None:
        """The last whole line's. Raises NoteInvalid where that was not signed by our key."""
        note = await self._soon(_last_note, self._path)
        return None if note is None else self._verifier.open(note)

    async def add(self, seals: Sequence[Seal]) -> None:
        lines = "".join(
            json.dumps(
                {
                    "blocks": seal.block.number,
                    "position": seal.block.last_position,
                    "note": seal.note(),
                }
            )
            + "\n"
            for seal in seals
        )
        await self._soon(_append, self._path, lines.encode())

    async def _soon(
        self, work: Callable[P, str | None], *args: P.args, **kw: P.kwargs
    ) -> str | None:
        if self._work is not None and not self._work.done():
            # A thread that hangs in a dead mount cannot be ended; a second one would hang, too.
            raise WitnessUnreachable("an earlier call still hangs")
        self._work = asyncio.create_task(asyncio.to_thread(work, *args, **kw))
        done, _ = await asyncio.wait({self._work}, timeout=SECONDS)
        if not done:
            raise WitnessUnreachable(f"no answer within {SECONDS:g} s")
        try:
            return self._work.result()
        except OSError as error:
            raise WitnessUnreachable(error.strerror or type(error).__name__) from error


def _last_note(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL_BYTES))
            tail = file.read()
    except FileNotFoundError:
        return None
    for line in reversed(tail.split(b"\n")):
        try:
            return str(json.loads(line)["note"])
        except (ValueError, KeyError, TypeError):
            continue  # Torn by a crash, or cut by the window; its checkpoint is added again.
    if size > 0:
        raise NoteInvalid("the witness's file ends without a checkpoint")
    return None


def _append(path: Path, lines: bytes) -> str | None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        size = os.fstat(handle).st_size
        if size and os.pread(handle, 1, size - 1) != b"\n":
            # Whole lines must stay readable after a torn one: it is ended, readers pass it over.
            os.write(handle, b"\n")
        written = 0
        while written < len(lines):
            written += os.write(handle, lines[written:])
        os.fsync(handle)
    finally:
        os.close(handle)
    return None
