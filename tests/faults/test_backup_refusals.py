"""What stands in the way of a backup or a restore is a sentence, and nothing was touched."""

import asyncio
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.failure import CannotStart
from deploy.keys import make_keys, make_private_folder
from deploy.local.backup import backup
from deploy.local.copying import copy_tree
from deploy.local.database import embedded, migrate_database
from deploy.local.folders import UNFINISHED, DataFolderLock, make_folders
from deploy.local.restore import restore
from shared.bus.subjects import PROCESSES
from shared.runtime.secret import Secret
from shared.runtime.settings import Settings


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The data folder of a stack that once ran."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("stopped") / "data")
    make_private_folder(settings.data_dir)
    make_keys(settings.keys, nats_users=PROCESSES, admin_token=None, webhook_secret=None)
    server = embedded(settings)
    server.start()
    try:
        asyncio.run(migrate_database(server.dsn(), settings))
    finally:
        server.stop()
    repository = settings.data_dir / "repositories" / "default" / "app"
    repository.mkdir(parents=True)
    (repository / "run.sh").write_text("#!/bin/sh\n")
    (repository / "run.sh").chmod(0o755)
    (repository / "link").symlink_to("/etc/passwd")
    return settings


@pytest.fixture(scope="module")
def whole(stopped: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, _ = backup(stopped, tmp_path_factory.mktemp("backups") / "whole")
    return folder


@pytest.fixture
def elsewhere(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "elsewhere")


def test_a_stopped_stack_is_backed_up_and_comes_back(whole: Path, elsewhere: Settings) -> None:
    restore(elsewhere, whole)
    app = elsewhere.data_dir / "repositories" / "default" / "app"
    assert os.access(app / "run.sh", os.X_OK)
    assert os.readlink(app / "link") == "/etc/passwd"
    server = embedded(elsewhere)
    server.start()
    try:
        asyncio.run(migrate_database(server.dsn(), elsewhere))  # Nothing new, and no refusal.
    finally:
        server.stop()
    assert not (elsewhere.data_dir / UNFINISHED).exists()


def test_nothing_is_overwritten(stopped: Settings, whole: Path) -> None:
    with pytest.raises(CannotStart, match="never overwrites"):
        backup(stopped, whole)
    with pytest.raises(CannotStart, match="is not empty"):
        restore(stopped, whole)


def test_a_witness_that_outlived_the_machine_is_not_overwritten(
    whole: Path, tmp_path: Path
) -> None:
    witness = tmp_path / "mount" / "checkpoints.jsonl"
    witness.parent.mkdir()
    witness.write_text("what it saw\n")
    settings = Settings(data_dir=tmp_path / "elsewhere", witness_file=witness)
    with pytest.raises(CannotStart, match="jsonl is not empty"):
        restore(settings, whole)
    assert witness.read_text() == "what it saw\n"
    assert not settings.data_dir.exists()


def test_a_backup_lies_beside_the_data_by_default(stopped: Settings) -> None:
    folder, _ = backup(stopped, None)
    assert folder.parent == stopped.data_dir.with_name("data-backups")
    assert [path for path in folder.parent.iterdir() if path != folder] == []
    assert folder.stat().st_mode & 0o077 == 0


def test_it_is_no_part_of_itself(stopped: Settings) -> None:
    with pytest.raises(CannotStart, match="in the data folder"):
        backup(stopped, stopped.data_dir / "backup")


def test_an_external_database_has_its_own_means(stopped: Settings, tmp_path: Path) -> None:
    external = Settings(data_dir=stopped.data_dir, postgres_dsn=Secret("postgresql://db/x"))
    with pytest.raises(CannotStart, match="CHRONOPLANE_POSTGRES_DSN"):
        backup(external, tmp_path / "backup")


def test_where_no_stack_ever_ran_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="nothing to back up"):
        backup(Settings(data_dir=tmp_path / "never"), tmp_path / "backup")
    assert list(tmp_path.iterdir()) == []


def _change_a_key(folder: Path) -> None:
    key = folder / "keys" / "kek"
    key.chmod(0o600)
    key.write_text("0" * 64)


def _lose_a_file(folder: Path) -> None:
    (folder / "repositories" / "default" / "app" / "run.sh").unlink()


def _add_a_file(folder: Path) -> None:
    (folder / "keys" / "one_more").write_text("x")


def _lead_a_link_elsewhere(folder: Path) -> None:
    link = folder / "repositories" / "default" / "app" / "link"
    link.unlink()
    link.symlink_to("/etc/shadow")


def _flip_a_byte_of_the_database(folder: Path) -> None:
    file = max((folder / "postgres" / "base").rglob("*"), key=lambda path: path.stat().st_size)
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


def _lose_the_list(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def _come_from_the_future(folder: Path) -> None:
    _rewrite(folder, migration=9999)


def _come_from_another_postgres(folder: Path) -> None:
    _rewrite(folder, postgres="9.6.1")


def _have_another_format(folder: Path) -> None:
    _rewrite(folder, format=2)


def _rewrite(folder: Path, **fields: object) -> None:
    file = folder / "manifest.json"
    file.chmod(0o600)
    file.write_text(json.dumps({**json.loads(file.read_text()), **fields}))


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (_change_a_key, "keys/kek was changed"),
        (_lose_a_file, "run.sh is missing"),
        (_add_a_file, "keys/one_more was not in it"),
        (_lead_a_link_elsewhere, "link was changed"),
        (_flip_a_byte_of_the_database, "pg_verifybackup failed"),
        (_lose_the_list, "no whole backup"),
        (_come_from_the_future, "newer Chronoplane"),
        (_come_from_another_postgres, "made with Postgres 9.6.1"),
        (_have_another_format, "of format 2"),
    ],
)
def test_what_was_changed_is_not_restored(
    whole: Path, elsewhere: Settings, tmp_path: Path, harm: Callable[[Path], None], sentence: str
) -> None:
    copy = tmp_path / "copy"
    copy_tree(whole, copy)
    harm(copy)
    with pytest.raises(CannotStart, match=sentence):
        restore(elsewhere, copy)
    assert not elsewhere.data_dir.exists()


def test_no_stack_starts_on_half_a_restore(
    whole: Path, elsewhere: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("deploy.local.restore._copy_database", no_space)
    with pytest.raises(CannotStart, match="No space left"):
        restore(elsewhere, whole)
    with pytest.raises(CannotStart, match="cut short"):
        make_folders(elsewhere)


def test_a_backup_that_fails_leaves_nothing(
    stopped: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "pg_basebackup").write_text("#!/bin/sh\necho 'error: no room' >&2\nexit 1\n")
    (programs / "pg_basebackup").chmod(0o755)
    monkeypatch.setattr("deploy.local.backup.programs", lambda _: programs)
    with pytest.raises(CannotStart, match="pg_basebackup failed: error: no room"):
        backup(stopped, tmp_path / "backups" / "backup")
    assert list((tmp_path / "backups").iterdir()) == []


def test_one_works_on_a_folder_at_a_time(
    stopped: Settings, whole: Path, elsewhere: Settings
) -> None:
    """Who holds it and has no database running is no stack that could be copied."""
    with (
        DataFolderLock(stopped.data_dir),
        pytest.raises(CannotStart, match="database cannot be read"),
    ):
        backup(stopped, elsewhere.data_dir)
    shutil.rmtree(elsewhere.data_dir, ignore_errors=True)
