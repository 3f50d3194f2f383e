"""Postgres for tests: one server per run, a fresh database per test out of a migrated template.

The same tests run on a container where an engine answers (set CHRONOPLANE_TEST_CONTAINERS=0 to
keep it out), else on the embedded server. fsync is off, but in the tests of faults.
"""

import asyncio
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from deploy.local.postgres import EmbeddedPostgres
from deploy.postgres.migrate import migrate

ROLES = (
    "chronoplane_command",
    "chronoplane_query",
    "chronoplane_scheduler",
    "chronoplane_sealer",
    "chronoplane_webhooks",
)
PASSWORDS = {role: f"password-of-{role}" for role in ROLES}
CONTAINER_IMAGE = "postgres:18"
_TEMPLATE = "chronoplane_template"
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """`admin` is the superuser's DSN: for faults and for looking, never for what is tested."""

    admin: str
    name: str = field(default="")

    def dsn(self, role: str) -> str:
        return make_conninfo(self.admin, user=role, password=PASSWORDS[role])

    @property
    def command(self) -> str:
        return self.dsn("chronoplane_command")

    @property
    def query(self) -> str:
        return self.dsn("chronoplane_query")

    @property
    def scheduler(self) -> str:
        return self.dsn("chronoplane_scheduler")

    @property
    def sealer(self) -> str:
        return self.dsn("chronoplane_sealer")

    @property
    def webhooks(self) -> str:
        return self.dsn("chronoplane_webhooks")


@contextmanager
def embedded_postgres(*, durable: bool) -> Iterator[EmbeddedPostgres]:
    """A server of its own in a temporary folder; short paths, as Unix sockets want them."""
    with tempfile.TemporaryDirectory(prefix="cp-pg-") as folder:
        server = EmbeddedPostgres(
            Path(folder) / "data",
            socket_dir=Path(folder) / "s",
            password=secrets.token_hex(16),
            bin_dir=Path(os.environ["CHRONOPLANE_PG_BIN"]) if _other_server() else None,
            options={} if durable else _FAST,
        )
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _other_server() -> bool:
    """The same tests on another major version: the folder of its programs."""
    return bool(os.environ.get("CHRONOPLANE_PG_BIN"))


@contextmanager
def _container_dsn() -> Iterator[str]:
    from testcontainers.community.postgres import PostgresContainer

    with PostgresContainer(CONTAINER_IMAGE, driver=None) as container:
        yield container.get_connection_url()


def _engine_answers() -> bool:
    """An engine that has the image; pulling it is not a test's business."""
    if os.environ.get("CHRONOPLANE_TEST_CONTAINERS") == "0" or shutil.which("docker") is None:
        return False
    asked = subprocess.run(
        ["docker", "image", "inspect", CONTAINER_IMAGE],
        capture_output=True,
        check=False,
        timeout=5,
    )
    return asked.returncode == 0


@pytest.fixture(scope="session")
def postgres_admin() -> Iterator[str]:
    """The superuser's DSN of the server of this run, with the migrated template in it."""
    with ExitStack() as stack:
        if _engine_answers():
            dsn = stack.enter_context(_container_dsn())
        else:
            dsn = stack.enter_context(embedded_postgres(durable=False)).dsn()
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(f"create database {_TEMPLATE}")
        template = make_conninfo(dsn, dbname=_TEMPLATE)
        # In a thread: an async fixture may ask for this one while its loop is running.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(lambda: asyncio.run(migrate(template, PASSWORDS))).result()
        yield dsn


@pytest.fixture
def database(postgres_admin: str) -> Iterator[Database]:
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(postgres_admin, autocommit=True) as connection:
        connection.execute(f"create database {name} template {_TEMPLATE}")
        # Grants on a database are not copied with its template.
        connection.execute(f"grant connect on database {name} to {', '.join(ROLES)}")
        connection.execute(f"revoke all on database {name} from public")
        yield Database(admin=make_conninfo(postgres_admin, dbname=name), name=name)
        connection.execute(f"drop database {name} with (force)")
