"""Environments made ready, built once and found again: an image of the revision where an engine for
images answers when it is built, else a prepared directory. What it became it stays, in the log."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from services.scheduler.executions.declared import Declared, Undoable, declared
from services.scheduler.executions.engines import JobEngines
from services.scheduler.executions.images import build_image, pull_image
from services.scheduler.executions.kept import Kept
from services.scheduler.runtimes.interface import BuildSpec, PreparationFailed
from shared.queries.executions import RevisionWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """`venv` None: it needs no packages, and this machine's Python is used as it is. `image`: all
    of it lies in there."""

    venv: Path | None = None
    variables: tuple[tuple[str, str], ...] = ()
    image: str = ""


@dataclass(slots=True, kw_only=True)
class Environments:
    runtime: JobEngines
    folder: Path
    kept: Kept

    def become_image(self, revision: RevisionWork) -> bool:
        """Whether a build makes an image of it now."""
        return bool(revision.declared["image"]) and self.runtime.containers is not None

    async def pull(
        self, revision: RevisionWork, say: Callable[[str], None]
    ) -> PreparationFailed | None:
        """What a build begins with."""
        if self.runtime.containers is None or not self.become_image(revision):
            self.describe(revision, say)
            return None
        return await pull_image(self.runtime.containers, revision, say)

    async def build(
        self, revision: RevisionWork, say: Callable[[str], None]
    ) -> Ready | PreparationFailed:
        if self.become_image(revision):
            return await self._image(revision, say)
        return await self._directory(revision, say)

    async def prepare(
        self, revision: RevisionWork, say: Callable[[str], None]
    ) -> Ready | PreparationFailed:
        """As it was built, for what runs in it."""
        if revision.image:
            return await self._image(revision, say)
        return await self._directory(revision, say)

    async def _image(
        self, revision: RevisionWork, say: Callable[[str], None]
    ) -> Ready | PreparationFailed:
        if self.runtime.containers is None:
            return PreparationFailed(
                reason=f"it is an image, which needs a container engine: {self.runtime.why_none}"
            )
        made = await build_image(self.runtime.containers, self.folder, revision, say)
        return made if isinstance(made, PreparationFailed) else Ready(image=made)

    async def _directory(
        self, revision: RevisionWork, say: Callable[[str], None]
    ) -> Ready | PreparationFailed:
        found = declared(revision.declared["dockerfile"])
        if isinstance(found, Undoable):
            return PreparationFailed(reason=found.reason)
        if not found.packages:
            return Ready(venv=None, variables=found.variables)
        key = _key(revision, found)
        checkout = self.folder / key
        await asyncio.to_thread(_lay_out, checkout, found)
        build = BuildSpec(
            project_id=revision.environment_id, commit=key, checkout=checkout, command="true"
        )
        made = await self.runtime.process.prepare(build, say)
        if isinstance(made, PreparationFailed):
            return made
        if made.environment is not None:
            # Built by the environment's own user, read by those of projects; the folder above it
            # is closed to everybody else.
            made.environment.chmod(0o755)
            await asyncio.to_thread(self.kept.touch, made.environment)
        return Ready(venv=made.environment, variables=found.variables)

    def describe(self, revision: RevisionWork, say: Callable[[str], None]) -> None:
        image = revision.declared["image"]
        if image:
            say(f"no engine for images is used here: this machine's Python stands for {image}")
        found = declared(revision.declared["dockerfile"])
        if isinstance(found, Declared):
            for line in found.ignored:
                say(f"without meaning for a prepared directory: {line[:200]}")
            say(f"packages: {', '.join(found.packages) or 'none'}")


def _key(revision: RevisionWork, found: Declared) -> str:
    """Equal lists of packages of an environment are one directory; without the cache each
    revision has its own."""
    own = revision.revision_id if revision.declared["skip_cache"] else ""
    text = "\0".join((revision.environment_id, own, *found.packages))
    return hashlib.blake2b(text.encode(), digest_size=20).hexdigest()


def _lay_out(checkout: Path, found: Declared) -> None:
    checkout.mkdir(parents=True, exist_ok=True, mode=0o700)
    (checkout / "requirements.txt").write_text("\n".join(found.packages) + "\n")
