"""Migrations run once, in order, and refuse to guess when files and database disagree."""

import shutil
from pathlib import Path

import psycopg
import pytest

from deploy.postgres.migrate import MIGRATIONS, MigrationRefused, migrate, read_migrations
from tests.support.postgres import PASSWORDS, Database


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MIGRATIONS, tmp_path / "migrations"))


async def test_a_second_run_changes_nothing(database: Database) -> None:
    assert await migrate(database.admin, PASSWORDS) == 0


async def test_a_new_migration_is_applied_once(database: Database, folder: Path) -> None:
    (folder / "9000_more.sql").write_text("create table view.more (x int);")
    assert await migrate(database.admin, PASSWORDS, folder=folder) == 1
    assert await migrate(database.admin, PASSWORDS, folder=folder) == 0


async def test_a_changed_migration_stops_the_start(database: Database, folder: Path) -> None:
    changed = folder / "0003_vault.sql"
    changed.write_text(changed.read_text() + "\n-- changed")
    with pytest.raises(MigrationRefused, match="0003_vault"):
        await migrate(database.admin, PASSWORDS, folder=folder)


async def test_a_database_from_the_future_is_refused(database: Database, folder: Path) -> None:
    (folder / "9000_more.sql").write_text("create table view.more (x int);")
    await migrate(database.admin, PASSWORDS, folder=folder)
    with pytest.raises(MigrationRefused, match="9000_more"):
        await migrate(database.admin, PASSWORDS)


async def test_a_migration_that_fails_leaves_nothing_behind(
    database: Database, folder: Path
) -> None:
    broken = folder / "9000_broken.sql"
    broken.write_text("create table view.half (x int); select 1 / 0;")
    with pytest.raises(psycopg.errors.DivisionByZero):
        await migrate(database.admin, PASSWORDS, folder=folder)
    broken.write_text("create table view.half (x int);")
    assert await migrate(database.admin, PASSWORDS, folder=folder) == 1


@pytest.mark.parametrize("name", ["12_short.sql", "nonumber.sql", "0003_twice.sql", "0009_.sql"])
def test_a_file_that_is_misnamed_is_told_by_name(folder: Path, name: str) -> None:
    (folder / name).write_text("select 1;")
    with pytest.raises(MigrationRefused, match=r"named|same number"):
        read_migrations(folder)


@pytest.mark.parametrize("path", sorted(MIGRATIONS.glob("*.sql")), ids=lambda path: path.stem)
def test_tables_of_the_views_belong_to_the_process_that_writes_them(path: Path) -> None:
    before, table, _ = path.read_text().partition("create table view.")
    role = "set local role chronoplane_query;"
    assert not table or role in before, f"{path.name} begins with `{role}`"


async def test_passwords_are_asked_for_and_can_change(database: Database) -> None:
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(database.admin, user="chronoplane_query", password="wrong")
    with psycopg.connect(database.query) as connection:
        assert connection.execute("show statement_timeout").fetchone() == ("1min",)
