"""`python -m deploy.local backup`: a copy of everything that is kept, while the stack runs.

The order makes it whole. The witness comes before the database, because a witness that knows a
checkpoint which the database has not yet means that somebody took history away; repositories come
after it, because the log may name no commit that is not there. The bus is not copied: the relay
makes its stream anew from the log."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from deploy.failure import CannotStart
from deploy.keys import make_private_folder
from deploy.local import manifest
from deploy.local.copying import copy, copy_tree, is_empty
from deploy.local.database import PORT, embedded
from deploy.local.folders import DataFolderLock, DataFolderTaken
from deploy.local.manifest import Manifest
from deploy.local.postgres import SUPERUSER, EmbeddedPostgres, PostgresUnavailable
from deploy.local.postgres_place import environment, wheel_bin_dir
from shared.runtime.settings import Settings

COPY_SECONDS_MAX = 12 * 3600
CONNECT_SECONDS = 10


def backup(settings: Settings, to: Path | None) -> tuple[Path, Manifest]:
    """Where it lies, and what it holds."""
    check_embedded(settings)
    target = (to or _by_moment(settings)).expanduser().absolute()
    _check_target(settings, target)
    draft = target.with_name(f".{target.name}.unfinished.{os.getpid()}")
    make_private_folder(draft)
    try:
        with _server(settings) as server:
            written = _copy_all(settings, server, draft)
        _put(draft, target)
    except PostgresUnavailable as error:
        raise CannotStart(f"Postgres cannot start: {error}") from error
    except OSError as error:
        raise CannotStart(f"The backup {target} cannot be written: {error}.") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)  # Nothing is left there where all went well.
    return target, written


def check_embedded(settings: Settings) -> None:
    if settings.postgres_dsn is not None:
        raise CannotStart(
            "The database is one of your own (CHRONOPLANE_POSTGRES_DSN): back it up and restore it"
            " with its own means, and copy the keys, the witness and the repositories beside it."
        )


def programs(settings: Settings) -> Path:
    return settings.pg_bin or wheel_bin_dir()


def _by_moment(settings: Settings) -> Path:
    """Beside the data folder, never in it: who deletes the one keeps the other."""
    folder = settings.data_dir.with_name(f"{settings.data_dir.name}-backups")
    return folder / datetime.now(UTC).strftime("%Y-%m-%dT%H%M%SZ")


def _check_target(settings: Settings, target: Path) -> None:
    if target.is_relative_to(settings.data_dir):
        raise CannotStart(f"The backup {target} would lie in the data folder it is a copy of.")
    if not is_empty(target):
        raise CannotStart(f"{target} is there already, and a backup never overwrites anything.")
    if not settings.keys.postgres_file(SUPERUSER).exists():
        raise CannotStart(f"There is nothing to back up: no stack ever ran on {settings.data_dir}.")


@contextmanager
def _server(settings: Settings) -> Iterator[EmbeddedPostgres]:
    """That of the running stack; where none runs, one of our own, for as long as it takes."""
    server = embedded(settings)
    try:
        lock = DataFolderLock(settings.data_dir)
        with lock:
            lock.say(f"process {os.getpid()}, a backup")
            server.start()
            try:
                yield server
            finally:
                server.stop()
    except DataFolderTaken:
        yield server


def _copy_all(settings: Settings, server: EmbeddedPostgres, draft: Path) -> Manifest:
    copy_tree(settings.keys_dir, draft / "keys")
    if settings.witness_file.exists():
        (draft / "witness").mkdir(mode=0o700)
        copy(settings.witness_file, draft / "witness" / "checkpoints.jsonl")
    postgres, migration, position = _facts(server)
    _copy_database(settings, draft / manifest.POSTGRES)
    for name, place in folders_of(settings).items():
        if place.is_dir():
            copy_tree(place, draft / name)
    written = Manifest(
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        postgres=postgres,
        migration=migration,
        position=position,
        files=manifest.checksums(draft),
    )
    manifest.write(draft, written)
    return written


def folders_of(settings: Settings) -> dict[str, Path]:
    """What is copied as it is, by its name in a backup. Repositories that are reached by a URL, or
    lie elsewhere, belong to somebody who has a backup of his own."""
    folders = {"projects": settings.data_dir / "projects"}
    if "://" not in settings.git_base:
        base = Path(settings.git_base)
        if base.is_relative_to(settings.data_dir):
            folders["repositories"] = base
    return folders


def _facts(server: EmbeddedPostgres) -> tuple[str, int, int]:
    """Postgres's version, the newest migration and the newest position, before the copy."""
    try:
        with psycopg.connect(server.dsn(), autocommit=True) as connection:
            found = connection.execute(
                "select current_setting('server_version'),"
                " (select max(number) from migration.applied),"
                " (select coalesce(max(position), 0) from es.event)"
            ).fetchone()
    except psycopg.Error as error:
        raise CannotStart(f"The database cannot be read: {error}") from error
    if found is None:
        raise CannotStart("The database cannot be read: it answered nothing.")
    return str(found[0]), int(found[1]), int(found[2])


def _copy_database(settings: Settings, target: Path) -> None:
    """Postgres's own base backup: its files, and the log of what changed while they were read."""
    place = ("-h", str(settings.run_dir), "-p", str(PORT), "-U", SUPERUSER, "--no-password")
    how = ("-D", str(target), "-F", "plain", "-X", "stream", "-c", "fast")
    password = settings.keys.postgres_password(SUPERUSER).reveal()
    run(
        programs(settings) / "pg_basebackup",
        (*place, *how, "--manifest-checksums=SHA256"),
        PGPASSWORD=password,
        PGCONNECT_TIMEOUT=str(CONNECT_SECONDS),
    )


def run(program: Path, arguments: tuple[str, ...], **variables: str) -> str:
    """What it printed. Raises CannotStart with the last line of what it complained of."""
    if not program.exists():
        raise CannotStart(f"There is no {program.name} in {program.parent} (CHRONOPLANE_PG_BIN).")
    try:
        done = subprocess.run(
            [str(program), *arguments],
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=COPY_SECONDS_MAX,
            env={**environment(), **variables},
        )
    except subprocess.TimeoutExpired as error:
        raise CannotStart(f"{program.name} did not end within {COPY_SECONDS_MAX} s.") from error
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or ["it did not say"]
        raise CannotStart(f"{program.name} failed: {lines[-1]}")
    return done.stdout


def _put(draft: Path, target: Path) -> None:
    """Whole, with its name, at once: a backup that was cut short never looks like one."""
    os.sync()
    draft.rename(target)  # Over an empty folder; anything else refuses.
