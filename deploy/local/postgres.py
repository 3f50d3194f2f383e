"""The embedded Postgres: the server of a wheel (or of PG_BIN), on a Unix socket, started by us.

Blocking on purpose: call it through `asyncio.to_thread`. Postgres refuses to run as root, so root
starts it inside a user namespace where it is seen as nobody; where that is refused, as the real
nobody, for whom binaries and data are put where nobody may enter (postgres_place). A server
left over by a killed supervisor is adopted when it listens where we want it, else stopped.
"""

import logging
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil
import psycopg
from psycopg.conninfo import make_conninfo

from deploy.local.postgres_place import Place, PostgresUnavailable, choose_place, environment

SUPERUSER = "chronoplane_admin"
DATABASE = "chronoplane"
START_SECONDS = 60
STOP_SECONDS = 30
_SOCKET_PATH_MAX = 107
_START_ATTEMPTS = 5

__all__ = ["DATABASE", "SUPERUSER", "EmbeddedPostgres", "PostgresUnavailable"]

log = logging.getLogger(__name__)


class EmbeddedPostgres:
    def __init__(
        self,
        data_dir: Path,
        *,
        socket_dir: Path,
        password: str,
        port: int = 5432,
        bin_dir: Path | None = None,
        options: Mapping[str, str] | None = None,
        log_file: Path | None = None,
    ) -> None:
        self._wanted_dir = data_dir.absolute()
        self._socket_dir = socket_dir.absolute()
        self._port = port
        self._password = password
        self._bin_dir = bin_dir
        self._options = dict(options or {})
        self._log_file = log_file or data_dir.with_suffix(".log")
        self._place: Place | None = None
        self._child: subprocess.Popen[bytes] | None = None

    def dsn(
        self, role: str = SUPERUSER, password: str | None = None, database: str = DATABASE
    ) -> str:
        return make_conninfo(
            host=str(self._socket_dir),
            port=self._port,
            user=role,
            password=self._password if role == SUPERUSER else password,
            dbname=database,
            connect_timeout=5,
        )

    @property
    def pid(self) -> int | None:
        """The postmaster's, for who wants to watch or to kill it."""
        server = self._server()
        return None if server is None else server.pid

    def alive(self) -> bool:
        return self._server() is not None

    def start(self) -> None:
        """Makes the cluster when there is none, starts it, and returns when it answers."""
        if len(str(self._socket_dir / f".s.PGSQL.{self._port}")) > _SOCKET_PATH_MAX:
            raise PostgresUnavailable(f"the path {self._socket_dir} is too long for a Unix socket")
        if self._child is not None:
            self._child.poll()  # One that was killed is a zombie until we ask.
        self._place = place = choose_place(self._bin_dir, self._wanted_dir)
        self._socket_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        place.give(self._socket_dir)
        if not (place.data_dir / "PG_VERSION").exists():
            self._initdb(place)
        if (left_over := self._server()) is not None:
            if self._listens_here() and self._answers():
                log.info("postgres_adopted", extra={"pid": left_over.pid})
                self._create_database()
                return
            self.stop()
        self._spawn_until_ready(place)
        self._create_database()
        log.info("postgres_started", extra={"pid": self.pid})

    def stop(self) -> None:
        """A fast stop: clients are cut off, the data is left clean."""
        server = self._server()
        if server is None:
            return
        for how, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 5)):
            try:
                server.send_signal(how)
            except psutil.NoSuchProcess:
                break
            if self._wait_until_gone(server, seconds):
                break
        else:
            raise PostgresUnavailable(f"Postgres (process {server.pid}) does not stop")
        log.info("postgres_stopped", extra={"pid": server.pid})

    def _initdb(self, place: Place) -> None:
        # A run that died half-way leaves a folder without PG_VERSION, which initdb refuses.
        shutil.rmtree(place.data_dir, ignore_errors=True)
        place.data_dir.mkdir(parents=True, mode=0o700)
        place.give(place.data_dir)
        password_file = self._socket_dir / f".pw.{secrets.token_hex(4)}"
        password_file.touch(mode=0o600)
        try:
            password_file.write_text(self._password)
            place.give(password_file)
            done = self._run(
                place,
                "initdb",
                *("-D", str(place.data_dir), "-U", SUPERUSER, "--pwfile", str(password_file)),
                *("--auth=scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--data-checksums"),
            )
        finally:
            password_file.unlink()
        if done.returncode != 0:
            shutil.rmtree(place.data_dir, ignore_errors=True)
            raise PostgresUnavailable(f"initdb failed: {_last_line(done.stderr)}")

    def _spawn(self, place: Place) -> None:
        arguments = ["-D", str(place.data_dir), "-k", str(self._socket_dir), "-h", ""]
        arguments += ["-p", str(self._port), "-c", "unix_socket_permissions=0700"]
        for name, value in self._options.items():
            arguments += ["-c", f"{name}={value}"]
        self._log_file.parent.mkdir(parents=True, exist_ok=True)
        with self._log_file.open("ab") as output:
            # Its own session: Ctrl-C in a terminal must reach us first, so that we stop in order.
            self._child = subprocess.Popen(
                [*place.prefix, str(place.bin_dir / "postgres"), *arguments],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env=environment(),
                user=place.user,
                group=place.group,
                extra_groups=place.extra_groups,
            )

    def _spawn_until_ready(self, place: Place) -> None:
        for attempt in range(1, _START_ATTEMPTS + 1):
            self._spawn(place)
            try:
                self._wait_until_ready()
                break
            except PostgresUnavailable as failure:
                # After a kill -9 the backends need a moment to notice and let go of the memory,
                # and the killed one may still be a zombie that looks alive to Postgres.
                passing = any(word in str(failure) for word in ("still in use", "already exists"))
                if not passing or attempt == _START_ATTEMPTS:
                    raise
                time.sleep(0.2 * attempt)
                self._forget_zombie(place)

    def _forget_zombie(self, place: Place) -> None:
        """The pid file guards against a second server, so it only goes when its process is dead
        and nothing is left that works in the data folder. PID 1 of a container reaps late."""
        if self._server() is None and not any(_works_in(place.data_dir)):
            (place.data_dir / "postmaster.pid").unlink(missing_ok=True)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._answers():
                return
            if self._child is not None and self._child.poll() is not None:
                line = _last_line(self._log_file.read_text(errors="replace"))
                raise PostgresUnavailable(f"Postgres did not start: {line}")
            time.sleep(0.02)
        raise PostgresUnavailable(f"Postgres did not answer within {START_SECONDS} s")

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self.dsn(database="postgres"), autocommit=True):
                return True
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise PostgresUnavailable(
                    f"the database in {self._wanted_dir} was made with another password"
                ) from error
            return False

    def _create_database(self) -> None:
        with psycopg.connect(self.dsn(database="postgres"), autocommit=True) as connection:
            known = connection.execute("select from pg_database where datname = %s", [DATABASE])
            if known.fetchone() is None:
                connection.execute(f"create database {DATABASE}")

    def _server(self) -> psutil.Process | None:
        """The live postmaster of our data folder. A pid file alone proves nothing: after a crash
        its number may belong to anybody, and an unreaped zombie still has one."""
        written = self._pid_file()
        if written is None:
            return None
        try:
            process = psutil.Process(int(written[0]))
            # Postgres may have come up long after the pid was given to somebody else.
            is_server = "postgres" in process.name() and process.status() != psutil.STATUS_ZOMBIE
            same = abs(process.create_time() - int(written[2])) < START_SECONDS
        except (psutil.NoSuchProcess, ValueError, IndexError):
            return None
        return process if is_server and same else None

    def _listens_here(self) -> bool:
        written = self._pid_file() or []
        return written[3:5] == [str(self._port), str(self._socket_dir)]

    def _pid_file(self) -> list[str] | None:
        if self._place is None:
            return None
        try:
            return (self._place.data_dir / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return None

    def _wait_until_gone(self, server: psutil.Process, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._child is not None:
                self._child.poll()
            try:
                if not server.is_running() or server.status() == psutil.STATUS_ZOMBIE:
                    return True
            except psutil.NoSuchProcess:
                return True
            time.sleep(0.01)
        return False

    def _run(self, place: Place, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*place.prefix, str(place.bin_dir / program), *arguments],
            cwd="/",
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
            env=environment(),
            user=place.user,
            group=place.group,
            extra_groups=place.extra_groups,
        )


def _works_in(data_dir: Path) -> Iterator[int]:
    """Every process of a server has its data folder as working directory."""
    real_dir = str(data_dir.resolve())
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.cwd() == real_dir:
                yield process.pid
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue


def _last_line(output: str) -> str:
    """Postgres says why in a FATAL line, which a hint may follow."""
    lines = [line for line in output.splitlines() if line.strip()]
    told = [line for line in lines if "FATAL" in line or "error" in line.lower()]
    return (told or lines or ["it said nothing"])[-1]
