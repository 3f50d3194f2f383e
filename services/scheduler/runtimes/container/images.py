"""Images that people name: pulled if they are missing, then kept under a tag of ours.

A deployment runs one image from its first replica to its last, whatever its tag points at later;
our tag holds it, and no clean-up of the engine takes it away while the deployment is kept.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from services.scheduler.runtimes.container import words
from services.scheduler.runtimes.container.client import Client, EngineRefused
from services.scheduler.runtimes.container.identity import PREFIX, Installation
from services.scheduler.runtimes.container.room import NoRoom, RoomWatch
from services.scheduler.runtimes.interface import PreparationFailed

_log = logging.getLogger(__name__)
KEPT = "kept"
_HUB = ("docker.io/", "index.docker.io/", "registry-1.docker.io/")
_NOT_FOUND = 404
_IN_USE = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A name with its tag or digest. Never a bare id: that could be anybody's image."""

    name: str
    tag: str = ""
    digest: str = ""

    @property
    def text(self) -> str:
        return f"{self.name}@{self.digest}" if self.digest else f"{self.name}:{self.tag}"


def reference(image: str) -> Reference | PreparationFailed:
    name, _, digest = image.partition("@")
    head, _, last = name.rpartition("/")
    last, _, tag = last.partition(":")
    name = f"{head}/{last}" if head else last
    plain = next((name.removeprefix(hub) for hub in _HUB if name.startswith(hub)), name)
    if plain.removeprefix("localhost/").startswith(PREFIX):
        # Ours, or another installation's: what somebody's repository was built into.
        return PreparationFailed(reason=f"image {image} was not found in its registry")
    if digest:
        return Reference(name=name, digest=digest)
    return Reference(name=name, tag=tag or "latest")


@dataclass(slots=True, kw_only=True)
class Images:
    client: Client
    installation: Installation
    room: RoomWatch

    async def find(self, name: str) -> dict[str, Any] | None:
        try:
            found = await self.client.get(f"/images/{quote(name, safe='/:@')}/json")
        except EngineRefused as refused:
            if refused.status == _NOT_FOUND:
                return None
            raise
        return dict(found)

    async def get(
        self, image: str, deployment_id: str, *, fresh: bool, log: Callable[[str], None]
    ) -> dict[str, Any] | PreparationFailed:
        repository = self.installation.repository("image", deployment_id)
        kept = await self.find(f"{repository}:{KEPT}")
        if kept is not None:
            return kept
        if not image:
            return PreparationFailed(reason="the image of this deployment is not kept any more")
        wanted = reference(image)
        if isinstance(wanted, PreparationFailed):
            return wanted
        here = await self.find(wanted.text)
        if here is None or (fresh and not wanted.digest):
            failed = await self._pull(image, wanted, log)
            if failed is not None and here is None:
                return failed
            if failed is not None:
                log(f"{failed.reason}; the one that is here is used")
            else:
                here = await self.find(wanted.text)
        if here is None:
            return PreparationFailed(reason=f"image {image} vanished after it was pulled")
        await self.keep(str(here["Id"]), repository)
        return here

    async def keep(self, image_id: str, repository: str) -> None:
        await self.client.post(f"/images/{image_id}/tag", repo=repository, tag=KEPT)

    async def drop(self, image_id: str) -> None:
        """Our tags of it; where nobody else names it, the engine deletes it with the last one."""
        found = await self.find(image_id)
        for tag in (found or {}).get("RepoTags") or ():
            name = str(tag).removeprefix("localhost/")
            if name.startswith(f"{PREFIX}{self.installation.id}/"):
                try:
                    await self.client.delete(f"/images/{quote(str(tag), safe='/:')}")
                except EngineRefused as refused:
                    if refused.status not in (_NOT_FOUND, _IN_USE):
                        raise
                    _log.info("image_kept", extra={"why": refused.message[:200]})

    async def _pull(
        self, image: str, wanted: Reference, log: Callable[[str], None]
    ) -> PreparationFailed | None:
        log(f"pulling {wanted.text}")
        told: set[str] = set()
        try:
            async with self.room.bounded():
                steps = self.client.documents(
                    "POST",
                    "/images/create",
                    fromImage=wanted.name,
                    tag=wanted.digest or wanted.tag,
                )
                async for step in steps:
                    error = step.get("error") or (step.get("errorDetail") or {}).get("message")
                    if error:
                        return PreparationFailed(reason=words.of_pull(image, str(error)))
                    line = f"{step.get('id', '')} {step.get('status', '')}".strip()
                    # Progress repeats its words many times a second.
                    if line and line not in told:
                        told.add(line)
                        log(line)
        except EngineRefused as refused:
            return PreparationFailed(reason=words.of_pull(image, refused.message))
        except NoRoom as full:
            return PreparationFailed(reason=f"image {image} is too large: {full}")
        return None
