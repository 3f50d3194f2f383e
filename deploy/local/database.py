"""The embedded Postgres under the supervisor: started, migrated, started again when it dies."""

import asyncio
import logging
from urllib.parse import quote

import psycopg

from deploy.failure import CannotStart
from deploy.keys import POSTGRES_ROLES
from deploy.local.child import backoff
from deploy.local.postgres import DATABASE, SUPERUSER, EmbeddedPostgres, PostgresUnavailable
from deploy.postgres.migrate import MigrationRefused, migrate
from shared.runtime.settings import Settings

log = logging.getLogger(__name__)

PORT = 5432  # Only names the socket: nothing listens on TCP.
LOOK_SECONDS = 0.3
OPTIONS = {
    "max_connections": "150",
    "log_checkpoints": "off",
    # Views grow from nothing to thousands of rows within seconds: statistics a minute old choose
    # the wrong index of twenty.
    "autovacuum_naptime": "2s",
    "jit": "off",
}


def embedded(settings: Settings) -> EmbeddedPostgres:
    """The server of a data folder, not started."""
    return EmbeddedPostgres(
        settings.data_dir / "postgres",
        socket_dir=settings.run_dir,
        password=settings.keys.postgres_password(SUPERUSER).reveal(),
        port=PORT,
        bin_dir=settings.pg_bin,
        options=OPTIONS,
        log_file=settings.data_dir / "logs" / "postgres.log",
    )


class Database:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._server = embedded(settings)
        self._watch: asyncio.Task[None] | None = None
        self._starting: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        return self._server.pid

    @property
    def url(self) -> str:
        """Without user and password: each process adds its own role's."""
        folder = quote(str(self._settings.run_dir), safe="")
        return f"postgresql:///{DATABASE}?host={folder}&port={PORT}&connect_timeout=5"

    async def start(self) -> None:
        try:
            await self._start_server()
        except (PostgresUnavailable, OSError) as error:
            raise CannotStart(f"Postgres cannot start: {error}") from error
        await migrate_database(self._server.dsn(), self._settings)
        self._watch = asyncio.create_task(self._keep(), name="keep-postgres")

    async def stop(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait({self._watch})
        if self._starting is not None:
            # A thread is not cancelled: without this a server would come up after the stop.
            await asyncio.wait({self._starting})
        try:
            await asyncio.to_thread(self._server.stop)
        except PostgresUnavailable as error:
            log.error("postgres_not_stopped", extra={"error": str(error)})

    async def _start_server(self) -> None:
        self._starting = asyncio.create_task(asyncio.to_thread(self._server.start))
        await asyncio.shield(self._starting)

    async def _keep(self) -> None:
        ends = 0
        while True:
            await asyncio.sleep(LOOK_SECONDS if ends == 0 else backoff(ends))
            if self._server.alive():
                ends = 0
                continue
            log.warning("postgres_ended")
            try:
                await self._start_server()
            except Exception as error:  # Whatever it is, trying again is all that helps.
                ends += 1
                log.error("postgres_not_started", extra={"error": str(error), "ends": ends})


async def migrate_database(dsn: str, settings: Settings) -> None:
    passwords = {role: settings.keys.postgres_password(role).reveal() for role in POSTGRES_ROLES}
    try:
        await migrate(dsn, passwords)
    except MigrationRefused as error:
        raise CannotStart(f"The database cannot be brought to this version: {error}.") from error
    except (psycopg.Error, OSError) as error:
        raise CannotStart(f"The database cannot be migrated: {error}") from error
