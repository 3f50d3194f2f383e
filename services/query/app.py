"""The query process put together: store, projections, access index, answers, telemetry."""

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from services.query.access import AccessFollower
from services.query.endpoint import Endpoint
from services.query.lag import Lag
from services.query.live import LiveEvents
from services.query.measures import Measures
from services.query.progress import Progress
from services.query.registry import PROJECTED, VIEWS
from services.query.run_projection import Runner
from services.query.source import Source
from services.query.statements import Statements
from services.query.views.telemetry.answer import TELEMETRY
from services.query.views.telemetry.ingest import Ingest
from services.query.views.telemetry.partitions import Partitions
from shared.bus.broker import Bus
from shared.bus.subjects import (
    ASKING,
    LOG_LINES,
    QUESTION_QUEUE,
    SAMPLES,
    frame_subject,
    health_subject,
    question_subject,
)
from shared.eventstore import EventStore, EventStoreFailure
from shared.eventstore.vault import Vault
from shared.eventstore.vault_rows import PostgresVaultRows
from shared.kernel.json import dumps
from shared.runtime.clock import Clock, SystemClock
from shared.runtime.health import HealthListener, Readiness
from shared.runtime.metrics import new_registry
from shared.runtime.settings import Settings
from shared.runtime.shutdown import Shutdown
from shared.runtime.telemetry import Telemetry, telemetry_of

log = logging.getLogger(__name__)

POOL_MAX = 8
RETRY_SECONDS = 0.5
LOOK_SECONDS = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    bus: Bus
    store: EventStore
    runner: Runner
    endpoint: Endpoint
    ingest: Ingest
    partitions: Partitions
    access: AccessFollower


async def main(settings: Settings, shutdown: Shutdown) -> None:
    registry = new_registry("query")
    telemetry = telemetry_of(settings, "query")
    readiness = Readiness("query")
    async with HealthListener(settings, readiness, registry):
        store = await _opened(settings, shutdown)
        if store is None:
            return
        bus = Bus(settings, "query")
        parts = assemble(settings, bus, store, Measures(registry), telemetry, SystemClock())
        wire(parts, readiness)
        await _serve(parts, shutdown)
    telemetry.close()


def assemble(
    settings: Settings,
    bus: Bus,
    store: EventStore,
    measures: Measures,
    telemetry: Telemetry,
    clock: Clock,
) -> Parts:
    progress = Progress()
    access = AccessFollower(store)
    live = LiveEvents(bus)
    progress.on_wait = live.stir
    statements = Statements.of(TELEMETRY.sql)
    days = {
        "log_line": settings.log_retention_days,
        "frame": settings.traffic_retention_days,
        "sample": settings.traffic_retention_days,
        "cold_start": settings.traffic_retention_days,
    }
    partitions = Partitions(
        store.reader,
        statements,
        clock,
        days,
        {"log_line": settings.log_megabytes_max * 1024**2},
    )
    vault = Vault(settings.keys.kek(), PostgresVaultRows(store.reader))
    return Parts(
        bus=bus,
        store=store,
        access=access,
        partitions=partitions,
        ingest=Ingest(store.reader, statements, partitions, measures),
        runner=Runner(
            dsn=settings.postgres_conninfo("query"),
            views=PROJECTED,
            source=Source(live, store, progress),
            vault=vault,
            access=access,
            progress=progress,
            measures=measures,
        ),
        endpoint=Endpoint(
            views=VIEWS,
            access=access,
            progress=progress,
            database=store.reader,
            secrets=vault,
            clock=clock,
            measures=measures,
            telemetry=telemetry,
            wait_seconds=settings.view_wait_seconds,
        ),
    )


def wire(parts: Parts, readiness: Readiness) -> None:
    bus = parts.bus
    # One subscription for each asker: `questions.*.*` is more than our user may hear.
    for asker in ASKING:
        bus.serve(question_subject(asker, "*"), QUESTION_QUEUE, parts.endpoint.hear)
    bus.serve(LOG_LINES, QUESTION_QUEUE, parts.ingest.hear_lines)
    bus.serve(SAMPLES, QUESTION_QUEUE, parts.ingest.hear_samples)
    # Every query process hears every frame: the same row twice is one row.
    bus.listen(frame_subject("*"), parts.ingest.hear_frames)

    async def store_check() -> str | None:
        await parts.store.head()
        return None

    async def bus_check() -> str | None:
        return None if bus.is_connected else "not connected"

    lag = Lag()

    async def views_check() -> str | None:
        runner = parts.runner
        if not runner.is_current:
            return "the views are being brought up to the log"
        if halted := sorted(runner.progress.halted):
            return f"halted: {', '.join(halted)}"
        if runner.trouble is not None:
            return f"the views stand still: {runner.trouble}"
        position = runner.progress.of(view.name for view in PROJECTED)
        return lag.of(position, await parts.store.head(), parts.endpoint.clock.monotonic())

    readiness.add("store", store_check)
    readiness.add("bus", bus_check)
    readiness.add("views", views_check)

    async def health(subject: str, body: bytes, headers: dict[str, str]) -> bytes:
        document = await readiness.document()
        checks = document["checks"]
        bad = {k: v for k, v in checks.items() if v != "ok"} if isinstance(checks, dict) else {}
        why = "; ".join(f"{name}: {text}" for name, text in bad.items())
        return dumps({**document, "why": why}).encode()

    bus.serve(health_subject("query"), QUESTION_QUEUE, health)


async def _opened(settings: Settings, shutdown: Shutdown) -> EventStore | None:
    """The store, waited for: at a start of everything the database may come last."""
    dsn = settings.postgres_conninfo("query")
    while not shutdown.asked:
        try:
            store = await EventStore.open(dsn, pool_max=POOL_MAX, read_only=True)
        except (EventStoreFailure, OSError) as error:
            log.warning("store_unreachable", extra={"error": type(error).__name__})
            await shutdown.wait_for(RETRY_SECONDS)
            continue
        return store
    return None


async def _serve(parts: Parts, shutdown: Shutdown) -> None:
    """The views are built while the bus may still be away."""
    work: list[Coroutine[Any, Any, None]] = [
        parts.runner.run(shutdown),
        parts.access.follow(shutdown),
        parts.partitions.run(shutdown),
        parts.ingest.run(shutdown),
        _answer(parts, shutdown),
    ]
    tasks = [asyncio.create_task(each) for each in work]
    stopping = asyncio.create_task(shutdown.wait())
    done, _ = await asyncio.wait({stopping, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    # Questions first: what is in hand is answered while the database is still there.
    if parts.bus.is_connected:
        await parts.bus.stop()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await parts.store.close()
    for task in done - {stopping}:
        task.result()


async def _answer(parts: Parts, shutdown: Shutdown) -> None:
    """Questions are heard once there is something to answer them from: with an empty access index
    everybody would be told that he is unknown."""
    while not parts.runner.is_current:
        if await shutdown.wait_for(LOOK_SECONDS):
            return
    await parts.bus.start()
    await shutdown.wait()
