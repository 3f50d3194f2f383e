"""A repository with a Dockerfile, built by the engine into an image of that commit.

The steps run tenants' code: with limits, without our variables, and in a closed network without a
way out but for a proxy to the configured indexes. What it prints is told line by line.
"""

import asyncio
import logging
import re
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.scheduler.runtimes.container import context, words
from services.scheduler.runtimes.container.client import Client, EngineRefused
from services.scheduler.runtimes.container.identity import Installation
from services.scheduler.runtimes.container.images import KEPT, Images
from services.scheduler.runtimes.container.network import Network
from services.scheduler.runtimes.container.progress import StepLines
from services.scheduler.runtimes.container.room import NoRoom, RoomWatch
from services.scheduler.runtimes.container.settings import ContainerSettings
from services.scheduler.runtimes.interface import BuildSpec, PreparationFailed
from services.scheduler.runtimes.process.convention import read_text
from services.scheduler.runtimes.process.egress import EgressProxy
from services.scheduler.runtimes.process.indexes import Indexes, find_indexes

_log = logging.getLogger(__name__)
_LAST_LINES = 50
_PERIOD = 100_000
_ARGUMENT = re.compile(r"^\s*ARG\s+(\w+)", re.MULTILINE | re.IGNORECASE)
Heard = Callable[[str], None]


def has_dockerfile(tree: Path | None) -> bool:
    return tree is not None and read_text(tree / context.DOCKERFILE) is not None


@dataclass(slots=True, kw_only=True)
class Builds:
    client: Client
    images: Images
    installation: Installation
    settings: ContainerSettings
    room: RoomWatch
    network: Network
    processors: int
    builds_max: int = 2
    _places: asyncio.Semaphore = field(init=False)
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)
    _indexes: Indexes | None = None

    def __post_init__(self) -> None:
        self._places = asyncio.Semaphore(self.builds_max)

    async def get(
        self, build: BuildSpec, log: Callable[[str], None]
    ) -> dict[str, Any] | PreparationFailed:
        """The image of the commit, built when nobody has."""
        repository = self.installation.repository("build", build.project_id, build.commit)
        async with self._locks.setdefault(repository, asyncio.Lock()):
            found = await self.images.find(f"{repository}:{KEPT}")
            if found is None:
                async with self._places:
                    failed = await self._build(build, repository, log)
                if failed is not None:
                    return failed
                found = await self.images.find(f"{repository}:{KEPT}")
            if found is None:
                return PreparationFailed(reason="the engine does not have the image that it built")
            return found

    async def _build(
        self, build: BuildSpec, repository: str, log: Callable[[str], None]
    ) -> PreparationFailed | None:
        if build.checkout is None:
            return PreparationFailed(reason="no way to build: no repository")
        last: deque[str] = deque(maxlen=_LAST_LINES)

        def heard(line: str) -> None:
            last.append(line)
            log(line)

        heard("building the Dockerfile")
        try:
            file = await asyncio.to_thread(
                context.write, build.checkout, self.settings.root, self.settings.context_bytes_max
            )
        except (context.ContextTooLarge, ValueError) as large:
            return PreparationFailed(reason=str(large))
        with file:
            try:
                async with asyncio.timeout(self.settings.build_seconds_max), self.room.bounded():
                    content = context.chunks(file)
                    why = await self._run(
                        build.checkout, repository, content, heard, cached=build.cached
                    )
            except TimeoutError:
                why = f"it took more than {self.settings.build_seconds_max:g} s"
            except NoRoom as full:
                why = str(full)
            except EngineRefused as refused:
                why = words.shortened(refused.message)
        if why is None:
            return None
        _log.info("build_failed", extra={"project": build.project_id, "commit": build.commit})
        return PreparationFailed(
            reason=f"building the Dockerfile failed: {why}", last_lines=tuple(last)
        )

    async def _run(
        self,
        tree: Path,
        repository: str,
        content: AsyncIterator[bytes],
        heard: Heard,
        *,
        cached: bool,
    ) -> str | None:
        """Why it failed, or nothing."""
        await self.network.ensure()
        said = StepLines()
        async with AsyncExitStack() as stack:
            arguments = await self._way_out(stack, self.network.address, tree)
            asked = self._asked(repository, arguments, cached=cached)
            async for step in self.client.documents("POST", "/build", content=content, **asked):
                for line in said.feed(step):
                    heard(line)
                error = step.get("error") or (step.get("errorDetail") or {}).get("message")
                if error:
                    return words.shortened(str(error))
        for line in said.end():
            heard(line)
        return None

    async def _way_out(self, stack: AsyncExitStack, address: str, tree: Path) -> dict[str, str]:
        """Build arguments that every step sees and no image keeps; and where this machine's pip
        and npm look, for a Dockerfile that asks for it."""
        if self.settings.network == "open" or not address:
            return {}
        if self._indexes is None:
            self._indexes = await find_indexes(self.settings.build_hosts)
        try:
            proxy = await stack.enter_async_context(
                EgressProxy(host=address, allowed=self._indexes.destinations)
            )
        except OSError as error:
            # The engine runs elsewhere: its network's address is not ours.
            _log.info("build_without_indexes", extra={"error": str(error)[:200]})
            return {}
        upper = ("HTTP_PROXY", "HTTPS_PROXY")
        proxies = {name: proxy.url for one in upper for name in (one, one.lower())}
        asked = _ARGUMENT.findall(read_text(tree / context.DOCKERFILE) or "")
        return proxies | {n: text for n, text in self._indexes.environment if n in asked}

    def _asked(self, repository: str, arguments: dict[str, str], *, cached: bool) -> dict[str, Any]:
        memory = self.settings.build_memory_mb * 1024**2
        return {
            "t": f"{repository}:{KEPT}",
            "dockerfile": context.DOCKERFILE,
            "rm": True,
            "nocache": not cached,
            "forcerm": True,
            "memory": memory,
            "memswap": memory,
            "cpuperiod": _PERIOD,
            "cpuquota": _PERIOD * self.processors,
            "networkmode": self.network.name,
            "buildargs": arguments,
            "labels": {"chronoplane.installation": self.installation.id},
        }
