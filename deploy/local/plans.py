"""What runs beside Postgres, in which order it starts and stops, and what each process is told.

A child's environment holds settings and paths, never a secret: those are files."""

import os
import signal
import sys
from pathlib import Path

from deploy.keys import write_private
from deploy.local.child import Plan
from deploy.local.guard import __file__ as GUARD
from deploy.local.programs import nats_server
from deploy.nats.config import Listener, render
from deploy.nats.users import callout_of, users_of
from services.edge import haproxy
from shared.runtime.process import GRACE_SECONDS
from shared.runtime.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[2]

SERVICES = (
    "command",
    "query",
    "scheduler",
    "prober",
    "edge",
    "sealer",
    "callout",
    "webhooks",
    "gateway",
)
# People first, then those who act, then those who answer; the log's owner goes last.
STOP_ORDER = (
    "gateway",
    "callout",
    "edge",
    "haproxy",
    "webhooks",
    "prober",
    "scheduler",
    "query",
    "command",
    "sealer",
    "nats",
)
WITH_DATABASE = frozenset({"command", "query", "scheduler", "sealer", "webhooks"})

# Of these, several run side by side where the settings say so.
_MANY = {"prober": "probers"}

_SECRETS = frozenset({"admin_token", "webhook_secret", "ai_key", "postgres_dsn"})
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")


def instances(settings: Settings) -> tuple[str, ...]:
    """The services by the names of their processes: `prober`, `prober-2`, ..."""
    return tuple(
        name if number == 1 else f"{name}-{number}"
        for name in SERVICES
        for number in range(1, _count(settings, name) + 1)
    )


def stop_order(settings: Settings) -> tuple[str, ...]:
    return tuple(
        name if number == 1 else f"{name}-{number}"
        for name in STOP_ORDER
        for number in range(1, _count(settings, name) + 1)
    )


def _count(settings: Settings, name: str) -> int:
    return int(getattr(settings, _MANY[name])) if name in _MANY else 1


def nats_plan(settings: Settings, port: int) -> Plan:
    folder = settings.data_dir / "nats"
    config = folder / "nats.conf"
    listener = Listener(host=settings.nats_host, port=port, store_dir=folder / "jetstream")
    text = render(listener, users_of(settings.keys), callout_of(settings.keys))
    write_private(config, text, mode=0o600)
    return _guarded(settings, "nats", (str(nats_server(settings)), "-c", str(config)), folder)


def haproxy_plan(settings: Settings) -> Plan:
    program = haproxy.find(settings.haproxy_bin)
    if settings.edge_tls_port is not None:
        haproxy.check_tls(program)
    haproxy.write(haproxy.layout_of(settings), settings.run_dir)
    argv = tuple(haproxy.command(program, settings.run_dir))
    return _guarded(settings, "haproxy", argv, settings.run_dir)


def service_plan(settings: Settings, name: str, *, nats_url: str, database_url: str) -> Plan:
    """`name` is one of `instances`."""
    service, _, number = name.partition("-")
    environment = _environment(settings)
    if number:
        environment[f"{PREFIX}INSTANCE"] = number
    environment[f"{PREFIX}NATS_URL"] = nats_url
    environment[f"{PREFIX}SUPERVISOR_PID"] = str(os.getpid())
    if service in WITH_DATABASE:
        environment[f"{PREFIX}POSTGRES_DSN"] = database_url
    return Plan(
        name=name,
        argv=(sys.executable, "-m", f"services.{service}"),
        environment=environment,
        folder=ROOT,
        log_file=settings.data_dir / "logs" / f"{name}.log",
        # The scheduler stops the replicas on SIGINT and leaves them on SIGTERM: when the whole
        # stack stops they stop too, when only the scheduler dies they serve on.
        stop_signal=signal.SIGINT,
        stop_seconds=settings.shutdown_seconds + 2 * GRACE_SECONDS + 2,
    )


def _guarded(settings: Settings, name: str, argv: tuple[str, ...], folder: Path) -> Plan:
    guard = (sys.executable, "-I", "-S", GUARD, str(os.getpid()))
    return Plan(
        name=name,
        argv=(*guard, *argv),
        environment={key: os.environ[key] for key in _KEPT if key in os.environ},
        folder=folder,
        log_file=settings.data_dir / "logs" / f"{name}.log",
    )


def _environment(settings: Settings) -> dict[str, str]:
    """Every setting that was given, by its name, and the folders, which children must not guess."""
    environment = {key: os.environ[key] for key in _KEPT if key in os.environ}
    given = settings.model_fields_set | {"data_dir", "run_dir", "keys_dir", "git_base"}
    for name in sorted(given - _SECRETS):
        value = getattr(settings, name)
        if value is not None:
            environment[f"{PREFIX}{name.upper()}"] = str(value)
    return environment
