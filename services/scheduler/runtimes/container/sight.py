"""What runs, as the engine tells it: listed, inspected once per state, its output followed.

While the engine is away, what was last seen stands; after a restart of ours, what the records say.
"""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.scheduler.runtimes.container import observing
from services.scheduler.runtimes.container.client import Client, EngineAway, EngineRefused
from services.scheduler.runtimes.container.following import Following
from services.scheduler.runtimes.container.identity import Installation, replica_of
from services.scheduler.runtimes.container.sampling import Sampling
from services.scheduler.runtimes.interface import LogPage, Observed
from services.scheduler.runtimes.process.replicas import is_replica_id, read_lines

_log = logging.getLogger(__name__)
_LOG_SECONDS = 5.0
_STALE_SECONDS = 120.0
_INSPECTS_MAX = 16
_NOT_FOUND, _CONFLICT = 404, 409
_UNSTARTED = ("created", "configured", "initialized", "removing")


@dataclass(slots=True, kw_only=True)
class Sight:
    client: Client
    installation: Installation
    replicas: Path
    isolated: bool
    sampling: Sampling
    log: Mapping[str, int] = field(default_factory=dict)
    is_away: bool = False
    _followings: dict[str, tuple[Following, asyncio.Task[None]]] = field(default_factory=dict)
    _seen: dict[tuple[str, str], Observed] = field(default_factory=dict)
    _last: list[Observed] | None = None
    _inspects: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_INSPECTS_MAX))

    def folder(self, replica_id: str) -> Path:
        return self.replicas / replica_id

    async def list(self, starting: frozenset[str]) -> "list[Observed]":
        """`starting`: not to be taken for forgotten while they are not started yet."""
        try:
            rows: tuple[dict[str, Any], ...] = await self._rows()
            found = await asyncio.gather(*(self._row(row, starting) for row in rows))
        except (EngineAway, EngineRefused) as error:
            if not self.is_away:
                _log.warning("engine_away", extra={"error": str(error)[:200]})
            self.is_away = True
            if self._last is None:
                self._last = await asyncio.to_thread(observing.remembered, self.replicas)
            return self._last
        if self.is_away:
            _log.info("engine_back", extra={"engine": self.client.product})
        self.is_away = False
        kept = {(str(row["Id"]), str(row["State"])) for row in rows}
        self._seen = {key: one for key, one in self._seen.items() if key in kept}
        pairs = [(str(row["Id"]), one) for row, one in zip(rows, found, strict=True) if one]
        self.sampling.look({one.replica_id: key for key, one in pairs if one.exit is None})
        usage = self.sampling.usage
        self._last = [observing.with_usage(one, usage.get(one.replica_id)) for _, one in pairs]
        return self._last

    async def _rows(self) -> tuple[dict[str, Any], ...]:
        asked = {"label": [self.installation.label]}
        return tuple(await self.client.get("/containers/json", all=True, filters=asked))

    async def _row(self, row: dict[str, Any], starting: frozenset[str]) -> Observed | None:
        container, state = str(row["Id"]), str(row["State"])
        if state in _UNSTARTED:
            await self._tidy_unstarted(row, starting)
            return None
        if (container, state) in self._seen:
            return self._seen[container, state]
        async with self._inspects:
            document = await self._document(container)
        known = self.observed(document) if document is not None else None
        if known is None:
            return None
        folder = self.folder(known.replica_id)
        await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
        self.follow(known.replica_id, container)
        # What was inspected may be a later state than the row's.
        if (known.exit is None) == (state in ("running", "paused")):
            self._seen[container, state] = known
        return known

    async def _tidy_unstarted(self, row: dict[str, Any], starting: frozenset[str]) -> None:
        """Created by a scheduler that died before it could start it: nobody knows it."""
        found = replica_of(row.get("Labels") or {})
        if found is None or found[0] in starting:
            return
        if time.time() - int(row.get("Created") or 0) > _STALE_SECONDS:
            await self.remove(found[0])

    async def lines(self, replica_id: str, after: int, limit: int) -> LogPage:
        following = self._followings.get(replica_id)
        ended = any(one.replica_id == replica_id and one.exit for one in self._last or ())
        if following is not None and ended:
            # A crash's last lines are on their way from the engine to our files.
            await following[0].complete(_LOG_SECONDS)
        return await asyncio.to_thread(read_lines, self.folder(replica_id), after, limit)

    async def inspect(self, replica_id: str) -> dict[str, Any] | None:
        return await self._document(self.installation.container(replica_id))

    async def _document(self, container: str) -> dict[str, Any] | None:
        try:
            return dict(await self.client.get(f"/containers/{container}/json"))
        except EngineRefused as refused:
            if refused.status == _NOT_FOUND:
                return None
            raise

    def observed(self, document: dict[str, Any]) -> Observed | None:
        found = replica_of((document.get("Config") or {}).get("Labels") or {})
        if found is None or not is_replica_id(found[0]):
            return None
        return observing.observed(document, self.folder(found[0]), isolated=self.isolated)

    def follow(self, replica_id: str, container: str) -> None:
        if replica_id in self._followings:
            return
        following = Following(
            client=self.client,
            container=container,
            folder=self.folder(replica_id),
            limits=self.log,
        )
        self._followings[replica_id] = (following, asyncio.create_task(following.run()))

    async def remove(self, replica_id: str) -> None:
        name = self.installation.container(replica_id)
        try:
            await self.client.delete(f"/containers/{name}", v=True, force=True)
        except EngineRefused as refused:
            if refused.status not in (_NOT_FOUND, _CONFLICT):
                raise

    async def forget(self, replica_id: str) -> None:
        following = self._followings.pop(replica_id, None)
        if following is not None:
            following[1].cancel()
            await asyncio.gather(following[1], return_exceptions=True)
        self.sampling.forget(replica_id)

    async def close(self) -> None:
        for replica_id in list(self._followings):
            await self.forget(replica_id)
        await self.sampling.close()
