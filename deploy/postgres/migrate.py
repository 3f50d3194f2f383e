"""Brings a database to the newest schema: roles, migrations in order, grants. Run by whoever owns
the server (initdb's superuser); no process of ours ever logs in as that.

Forward only: an applied file that was changed afterwards stops the start instead of being guessed
at. Each migration runs in a transaction of its own.
"""

import asyncio
import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from psycopg import AsyncConnection, sql

HERE = Path(__file__).parent
MIGRATIONS = HERE / "migrations"
TIMEOUT_SECONDS = 300
_LOCK = (1163, 0)

log = logging.getLogger(__name__)


class MigrationRefused(Exception):
    """The files and the database do not go together; the message says which file and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    number: int
    name: str
    text: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


async def migrate(dsn: str, passwords: Mapping[str, str], *, folder: Path = MIGRATIONS) -> int:
    """Answers how many migrations were new. `passwords` is by role name; a role without one
    cannot log in over a connection that asks for a password."""
    migrations = read_migrations(folder)
    async with asyncio.timeout(TIMEOUT_SECONDS):
        connection = await AsyncConnection.connect(dsn, autocommit=True)
        async with connection:
            # Two that start on one database wait for each other here, not on half a schema.
            await connection.execute("select pg_advisory_lock(%s, %s)", _LOCK)
            await _run_file(connection, HERE / "roles.sql")
            await _set_passwords(connection, passwords)
            new = await _apply(connection, migrations)
            await _run_file(connection, HERE / "grants.sql")
    log.info("database_migrated", extra={"new": new, "newest": migrations[-1].number})
    return new


def read_migrations(folder: Path) -> tuple[Migration, ...]:
    found: list[Migration] = []
    for path in sorted(folder.glob("*.sql")):
        number, _, story = path.stem.partition("_")
        if not (number.isdecimal() and len(number) == 4 and story):
            raise MigrationRefused(f"{path.name} is not named NNNN_story.sql")
        if found and found[-1].number == int(number):
            raise MigrationRefused(f"{found[-1].name} and {path.stem} have the same number")
        found.append(Migration(number=int(number), name=path.stem, text=path.read_text("utf-8")))
    if not found:
        raise MigrationRefused(f"there are no migrations in {folder}")
    return tuple(found)


async def _apply(connection: AsyncConnection, migrations: tuple[Migration, ...]) -> int:
    await connection.execute("create schema if not exists migration")
    await connection.execute(
        "create table if not exists migration.applied (number int primary key, name text not null,"
        " sha256 text not null, applied_at timestamptz not null default now())"
    )
    cursor = await connection.execute("select number, name, sha256 from migration.applied")
    applied = {number: (name, sha256) for number, name, sha256 in await cursor.fetchall()}
    known = {migration.number for migration in migrations}
    if newer := sorted(set(applied) - known):
        raise MigrationRefused(
            f"the database has migration {applied[newer[-1]][0]}, which this version does not"
            " know: it was made by a newer one"
        )
    new = 0
    for migration in migrations:
        if migration.number in applied:
            _check_unchanged(migration, *applied[migration.number])
            continue
        async with connection.transaction():
            await _run(connection, migration.text)
            await connection.execute("reset role")
            await connection.execute(
                "insert into migration.applied (number, name, sha256) values (%s, %s, %s)",
                (migration.number, migration.name, migration.sha256),
            )
        log.info("migration_applied", extra={"migration": migration.name})
        new += 1
    return new


def _check_unchanged(migration: Migration, name: str, sha256: str) -> None:
    if (migration.name, migration.sha256) != (name, sha256):
        raise MigrationRefused(
            f"{migration.name}.sql is not what was applied to this database as {name}: an applied"
            " migration never changes, write a new one"
        )


async def _set_passwords(connection: AsyncConnection, passwords: Mapping[str, str]) -> None:
    for role, password in passwords.items():
        # Made into its verifier here: the server and its log never see the password itself.
        verifier = connection.pgconn.encrypt_password(
            password.encode(), role.encode(), b"scram-sha-256"
        )
        await connection.execute(
            sql.SQL("alter role {} password {}").format(
                sql.Identifier(role), sql.Literal(verifier.decode())
            )
        )


async def _run_file(connection: AsyncConnection, path: Path) -> None:
    async with connection.transaction():
        await _run(connection, path.read_text("utf-8"))


async def _run(connection: AsyncConnection, text: str) -> None:
    # These are our own files, read whole: no value is ever put into them.
    await connection.execute(text, prepare=False)
