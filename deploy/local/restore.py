"""`python -m deploy.local restore`: a backup becomes the data folder of a stack that is not there.

Nothing is written before every checksum was looked at, and nothing is ever written over. A restore
that was cut short leaves its mark, and no stack starts on it."""

import os
from pathlib import Path

from deploy.failure import CannotStart
from deploy.keys import make_private_folder
from deploy.local import manifest
from deploy.local.backup import check_embedded, folders_of, programs, run
from deploy.local.copying import copy, copy_tree, is_empty
from deploy.local.folders import UNFINISHED, DataFolderLock
from deploy.local.manifest import Manifest
from deploy.local.postgres_place import PostgresUnavailable, choose_place
from deploy.postgres.migrate import MIGRATIONS, read_migrations
from shared.runtime.settings import Settings

DIFFERENCES_SHOWN = 5


def restore(settings: Settings, source: Path) -> Manifest:
    source = source.expanduser().absolute()
    check_embedded(settings)
    written = manifest.read(source)
    _check_versions(settings, written)
    _check_empty(settings)
    _check_whole(settings, source, written)
    make_private_folder(settings.data_dir)
    try:
        with DataFolderLock(settings.data_dir) as lock:
            lock.say(f"process {os.getpid()}, a restore")
            _copy_all(settings, source)
    except PostgresUnavailable as error:
        raise CannotStart(f"Postgres cannot run here: {error}") from error
    except OSError as error:
        raise CannotStart(
            f"The restore was not finished: {error}. Empty {settings.data_dir} and restore again."
        ) from error
    return written


def _check_versions(settings: Settings, written: Manifest) -> None:
    newest = read_migrations(MIGRATIONS)[-1].number
    if written.migration > newest:
        raise CannotStart(
            f"The backup is of a newer Chronoplane (migration {written.migration:04}, this one has"
            f" {newest:04}): restore it with that version."
        )
    major = written.postgres.partition(".")[0]
    here = run(programs(settings) / "postgres", ("--version",)).split()[2]
    if here.partition(".")[0] != major:
        raise CannotStart(
            f"The backup was made with Postgres {written.postgres}, this is {here}: its files fit"
            " only the same major version (CHRONOPLANE_PG_BIN names another)."
        )


def _check_empty(settings: Settings) -> None:
    places = [settings.data_dir, settings.keys_dir, settings.witness_file]
    for place in (*places, *folders_of(settings).values()):
        if not is_empty(place):
            raise CannotStart(
                f"{place} is not empty, and a restore never overwrites anything: move it away, or"
                " restore to another place with CHRONOPLANE_DATA_DIR."
            )


def _check_whole(settings: Settings, source: Path, written: Manifest) -> None:
    try:
        differences = manifest.differences(source, written)
    except OSError as error:
        raise CannotStart(f"The backup {source} cannot be read: {error}.") from error
    if differences:
        shown = "; ".join(differences[:DIFFERENCES_SHOWN])
        more = len(differences) - DIFFERENCES_SHOWN
        raise CannotStart(
            f"The backup {source} is not what was written: {shown}"
            + (f"; and {more} more" if more > 0 else "")
        )
    run(programs(settings) / "pg_verifybackup", ("--quiet", str(source / manifest.POSTGRES)))


def _copy_all(settings: Settings, source: Path) -> None:
    mark = settings.data_dir / UNFINISHED
    mark.touch(mode=0o600)
    copy_tree(source / "keys", settings.keys_dir)
    witness = source / "witness" / "checkpoints.jsonl"
    if witness.exists():
        make_private_folder(settings.witness_file.parent)
        copy(witness, settings.witness_file)
    for name, place in folders_of(settings).items():
        if (source / name).is_dir():
            copy_tree(source / name, place)
    _copy_database(settings, source / manifest.POSTGRES)
    os.sync()
    mark.unlink()


def _copy_database(settings: Settings, source: Path) -> None:
    """To where, and to whom, the server will look for it on this machine."""
    place = choose_place(settings.pg_bin, settings.data_dir / "postgres")
    if not is_empty(place.data_dir):
        raise CannotStart(f"{place.data_dir} is not empty: an earlier stack's database lies there.")
    copy_tree(source, place.data_dir)
    for folder, names, files in os.walk(place.data_dir):
        for name in (*names, *files):
            place.give(Path(folder) / name)
    place.give(place.data_dir)
