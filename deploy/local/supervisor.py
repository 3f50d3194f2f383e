"""Starts the whole stack in order, watches it, and stops it in order.

Everything that ends by itself is started again by its own keeper (child.py, database.py); this file
decides only what starts after what, when the stack counts as up, and what stops first."""

import asyncio
import logging
import signal
import time
from collections.abc import Callable, Coroutine

from deploy.failure import CannotStart
from deploy.local import plans
from deploy.local.bus import keep_bus
from deploy.local.child import Child, Plan
from deploy.local.database import Database, migrate_database
from deploy.local.example import NAME, make_example
from deploy.local.logs import rotate
from deploy.local.ports import kept_port
from deploy.local.ready import gateway_answer, last_words, missing, process_answer
from deploy.local.words import ready_text
from shared.runtime.settings import Settings, reachable
from shared.runtime.shutdown import Shutdown

log = logging.getLogger(__name__)

READY_SECONDS = 120.0
LOOK_SECONDS = 0.1
ROTATE_SECONDS = 5.0
# A process that ends this often before the stack was ever up will not get better by itself.
ENDS_MAX = 4

Say = Callable[[str], None]


class Supervisor:
    def __init__(self, settings: Settings, say: Say) -> None:
        self._settings = settings
        self._say = say
        self._database: Database | None = None
        self._children: dict[str, Child] = {}
        self._bus: asyncio.Task[None] | None = None
        self._started_at = time.monotonic()

    async def run(self, shutdown: Shutdown) -> None:
        """Until asked to stop. Raises CannotStart, after stopping what had come up."""
        rotation = asyncio.create_task(self._rotate_logs(), name="rotate-logs")
        try:
            if await _unless_asked(self._start(), shutdown):
                await shutdown.wait()
            self._say("\nStopping ... (Ctrl-C again stops at once)")
        finally:
            rotation.cancel()
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, self._kill_all)
            await self._stop()

    async def _start(self) -> None:
        settings = self._settings
        database_url = await self._start_database()
        nats_url = settings.nats_url
        if nats_url is None:
            port = settings.nats_port or kept_port(
                settings.data_dir / "nats" / "port", settings.nats_host
            )
            self._add(plans.nats_plan(settings, port))
            self._bus = asyncio.create_task(
                keep_bus(self._children["nats"], settings.data_dir / "nats"), name="keep-bus"
            )
            nats_url = f"nats://{reachable(settings.nats_host)}:{port}"
        self._add(plans.haproxy_plan(settings))
        for name in plans.instances(settings):
            self._add(
                plans.service_plan(settings, name, nats_url=nats_url, database_url=database_url)
            )
        example = NAME if make_example(settings.git_base) else None
        await self._until_ready()
        self._say(
            ready_text(
                settings,
                seconds=time.monotonic() - self._started_at,
                token=settings.keys.admin_token(),
                isolation=await self._isolation(),
                example=example,
            )
        )

    async def _start_database(self) -> str:
        given = self._settings.postgres_dsn
        if given is not None:
            await migrate_database(given.reveal(), self._settings)
            self._say(f"Postgres: yours, migrated ({self._elapsed()})")
            return without_credentials(given.reveal())
        # Kept before it starts, so that a Ctrl-C in the middle of the start stops it too.
        self._database = Database(self._settings)
        await self._database.start()
        self._say(f"Postgres is up ({self._elapsed()})")
        return self._database.url

    def _add(self, plan: Plan) -> None:
        self._children[plan.name] = child = Child(plan)
        child.start()

    async def _until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            answer = await gateway_answer(self._settings)
            if answer is not None and answer.status == 200:
                return
            self._check_for_crash_loop()
            await asyncio.sleep(LOOK_SECONDS)
        waiting = await missing(self._settings, plans.instances(self._settings))
        reasons = "; ".join(f"{name} ({why})" for name, why in waiting.items())
        raise CannotStart(
            f"The stack did not become ready within {READY_SECONDS:.0f} s: {reasons or 'gateway'}. "
            f"See {self._settings.data_dir / 'logs'}."
        )

    def _check_for_crash_loop(self) -> None:
        for name, child in self._children.items():
            if child.ends_in_a_row >= ENDS_MAX:
                log_file = child.plan.log_file
                raise CannotStart(
                    f"{name} keeps ending (exit code {child.last_code}): {last_words(log_file)}. "
                    f"See {log_file}."
                )

    async def _isolation(self) -> str:
        """What the scheduler found out about this machine."""
        answer = await process_answer(self._settings, "scheduler")
        facts = answer.document.get("facts") if answer is not None else None
        known = facts.get("isolation") if isinstance(facts, dict) else None
        return str(known or self._settings.isolation)

    async def _stop(self) -> None:
        if self._bus is not None:
            self._bus.cancel()
        for name in plans.stop_order(self._settings):
            child = self._children.get(name)
            if child is not None:
                await child.stop()
                log.info("child_stopped", extra={"child": name, "code": child.last_code})
        if self._database is not None:
            await self._database.stop()

    def _kill_all(self) -> None:
        """A second Ctrl-C: no order and no patience. Replicas stay; the next start adopts them."""
        log.warning("stop_hurried")
        for child in self._children.values():
            child.kill()

    async def _rotate_logs(self) -> None:
        folder = self._settings.data_dir / "logs"
        while True:
            await asyncio.sleep(ROTATE_SECONDS)
            for file in folder.glob("*.log"):
                try:
                    rotate(file, bytes_max=self._settings.log_bytes_max)
                except OSError as error:  # A full disk must not end the supervisor.
                    log.error("log_not_rotated", extra={"file": file.name, "error": str(error)})

    def _elapsed(self) -> str:
        return f"{time.monotonic() - self._started_at:.1f} s"


def without_credentials(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    place, slash, path = rest.partition("/")
    return f"{scheme}{separator}{place.rpartition('@')[2]}{slash}{path}"


async def _unless_asked(starting: Coroutine[object, object, None], shutdown: Shutdown) -> bool:
    """Runs the start; false where Ctrl-C came first and the start was given up."""
    start = asyncio.create_task(starting, name="start")
    asked = asyncio.create_task(shutdown.wait(), name="asked")
    await asyncio.wait({start, asked}, return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    if not start.done():
        start.cancel()
        await asyncio.wait({start})
        return False
    await start
    return True
