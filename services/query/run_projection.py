"""The runner of all projections: one process of many projects, the others follow its checkpoint.

Live views stand at one position and move together. One that lags (it was halted, or it is new) is
first brought up to the others from the log."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import psycopg
from psycopg import AsyncConnection
from psycopg.types.numeric import Int8Dumper

from services.query.access import AccessFollower
from services.query.apply import CheckpointMoved, Vault, apply
from services.query.checkpoints import Version, live_versions, may_project
from services.query.measures import Measures
from services.query.plans import Plans
from services.query.progress import Progress
from services.query.source import BATCH, Source
from services.query.view import View
from shared.envelope.event import EventEnvelope
from shared.eventstore import EventStoreFailure, LogHole, Store
from shared.eventstore.arrays import register
from shared.eventstore.relayed import envelope_of
from shared.runtime.shutdown import Shutdown

log = logging.getLogger(__name__)

CONNECT_SECONDS = 5
BATCH_SECONDS = 60.0
RETRY_SECONDS = 0.3
# From so many events on the server analyses by itself what has grown.
BIG = 50_000
LOCK_SECONDS = 1.0
GATHER_SECONDS = 0.001
FOLLOW_SECONDS = 0.2
FOLLOW_AWAITED_SECONDS = 0.005


@dataclass(slots=True, kw_only=True)
class Runner:
    dsn: str
    views: Sequence[View]
    source: Source
    vault: Vault
    access: AccessFollower
    progress: Progress
    measures: Measures
    is_current: bool = False  # Was level with the log once.
    plans: Plans = field(default_factory=lambda: Plans(most=BIG))
    trouble: str | None = None  # Why the last batch came to nothing; None once one has passed.

    async def run(self, shutdown: Shutdown) -> None:
        while not shutdown.asked:
            try:
                async with await connected(self.dsn) as connection:
                    if await self._follow_until_ours(connection, shutdown):
                        await self._project(connection, shutdown)
            except CheckpointMoved as moved:
                self.trouble = "the checkpoint moved"
                log.warning("checkpoint_moved", extra={"text": str(moved)})
            except LogHole as hole:
                # Never skipped: the log itself is not whole, and somebody has to look.
                self.trouble = "the log has a hole"
                log.critical("log_has_a_hole", extra={"text": str(hole)})
                await shutdown.wait_for(LOCK_SECONDS)
            except (psycopg.Error, EventStoreFailure, TimeoutError, OSError) as error:
                self.trouble = type(error).__name__
                log.warning(
                    "projection_interrupted",
                    extra={"error": type(error).__name__, "text": str(error)[:300]},
                )
                await shutdown.wait_for(RETRY_SECONDS)

    async def _follow_until_ours(self, connection: AsyncConnection, shutdown: Shutdown) -> bool:
        """True once this process is the one that projects; until then it keeps up with who does."""
        loop = asyncio.get_running_loop()
        asked_at = -LOCK_SECONDS
        while not shutdown.asked:
            if loop.time() - asked_at >= LOCK_SECONDS:
                asked_at = loop.time()
                if await may_project(connection):
                    log.info("projecting", extra={"views": [view.name for view in self.views]})
                    return True
            versions = await live_versions(connection, self.views)
            await self.access.catch_up()
            self._tell(versions)
            self.is_current = True
            self.trouble = None
            await self._pause(min(version.position for version in versions))
        return False

    async def _pause(self, position: int) -> None:
        """Short while somebody waits for more than this; whoever begins to wait ends it."""
        if self.progress.awaited > position:
            await asyncio.sleep(FOLLOW_AWAITED_SECONDS)
            return
        self.progress.stirred.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FOLLOW_SECONDS):
                await self.progress.stirred.wait()

    async def _project(self, connection: AsyncConnection, shutdown: Shutdown) -> None:
        versions = await live_versions(connection, self.views)
        for version in versions:
            if version.is_halted:
                log.critical("view_halted", extra={"view": version.view.name})
        await self._level(connection, versions)
        await self.access.catch_up()
        self._tell(versions)
        going = [version for version in versions if not version.is_halted]
        while not shutdown.asked:
            if not going:
                # Nothing moves until somebody rebuilds; look again whether somebody has.
                await shutdown.wait_for(LOCK_SECONDS)
                return
            going = await self._step(connection, versions, going)

    async def _step(
        self, connection: AsyncConnection, versions: list[Version], going: list[Version]
    ) -> list[Version]:
        """One batch. Answers who goes on."""
        before = self.source.repairs
        events = await self.source.next(going[0].position)
        self.measures.repairs.inc(self.source.repairs - before)
        if events:
            going = await self._put(connection, versions, going, events)
            # What comes meanwhile is one transaction instead of several.
            await asyncio.sleep(GATHER_SECONDS)
        self.trouble = None
        if not self.source.is_behind:
            self.is_current = True
        return going

    async def _put(
        self,
        connection: AsyncConnection,
        versions: list[Version],
        going: list[Version],
        events: list[EventEnvelope],
    ) -> list[Version]:
        async with asyncio.timeout(BATCH_SECONDS):
            parks = await apply(connection, going, events, self.vault)
            await self.plans.grown(connection, going, len(events))
        self.measures.events.inc(len(events))
        # Rights first: who waits for a position is answered with the rights of that position.
        await self.access.fold(events)
        self._tell(versions)
        if not parks:
            return going
        for version in going:
            if version.is_halted:
                log.critical("view_halted", extra={"view": version.view.name})
        return [version for version in going if not version.is_halted]

    async def _level(self, connection: AsyncConnection, versions: list[Version]) -> None:
        going = [version for version in versions if not version.is_halted]
        furthest = max((version.position for version in going), default=0)
        for version in going:
            await catch_up(
                connection, version, self.source, vault=self.vault, until=lambda: furthest
            )

    def _tell(self, versions: list[Version]) -> None:
        for version in versions:
            name = version.view.name
            self.measures.position.labels(name).set(version.position)
            self.measures.parked.labels(name).set(len(version.parked))
            self.measures.halted.labels(name).set(version.is_halted)
        self.progress.move(
            {version.view.name: version.position for version in versions},
            halted=[version.view.name for version in versions if version.is_halted],
        )


async def connected(dsn: str) -> AsyncConnection:
    """Commits durably: a crash of the server would take the last rows with their checkpoint, and
    who was told of a write would not find it until they were projected again."""
    connection = await AsyncConnection.connect(
        dsn,
        autocommit=True,
        prepare_threshold=0,
        connect_timeout=CONNECT_SECONDS,
        application_name="query-projection",
    )
    connection.prepared_max = 200
    # One width for all numbers: else each statement is prepared again for every width it meets.
    connection.adapters.register_dumper(int, Int8Dumper)
    register(connection)
    return connection


async def catch_up(
    connection: AsyncConnection,
    version: Version,
    source: Source,
    *,
    vault: Vault,
    until: Callable[[], int],
) -> None:
    """One version by itself, from the log, up to a position."""
    plans = Plans(most=BIG)
    while version.position < until() and not version.is_halted:
        events = await source.from_log(version.position, min(BATCH, until() - version.position))
        if not events:
            return
        await apply(connection, (version,), events, vault)
        await plans.grown(connection, (version,), len(events))


async def catch_up_together(
    connection: AsyncConnection,
    versions: Sequence[Version],
    store: Store,
    vault: Vault,
    plans: Plans,
    *,
    until: int,
) -> None:
    """Several that stand at one position, from the log, up to another."""
    while (position := versions[0].position) < until:
        recorded = await store.read_log(position, min(BATCH, until - position))
        await apply(connection, versions, [envelope_of(each) for each in recorded], vault)
        await plans.grown(connection, versions, len(recorded))
