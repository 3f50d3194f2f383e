"""What jobs leave behind: records that nobody asks for any more, folders, old checkouts."""

import asyncio
import logging
import shutil
from collections.abc import Collection

from services.scheduler.executions.job import JobRun
from services.scheduler.repositories.fetch import Repositories
from services.scheduler.runtimes.interface import Observed
from shared.queries.executions import Unfinished

log = logging.getLogger(__name__)

CHECKOUT_SECONDS = 1800.0


async def tidy(
    jobs: JobRun,
    observed: tuple[Observed, ...],
    known: Collection[str],
    unfinished: dict[str, Unfinished],
) -> None:
    """What the engine has of executions that are over is a crash's between telling and forgetting;
    nothing of those may run any more."""
    for one in observed:
        if one.replica_id in known or one.replica_id in unfinished:
            continue
        if one.exit is None:
            log.warning("job_without_execution", extra={"job": one.replica_id})
            await jobs.runtime.stop(one.replica_id, grace_seconds=0, force=True)
        await jobs.finish.forget(one.replica_id)
    await asyncio.to_thread(_drop_works, jobs, set(known) | set(unfinished))
    for folder in await asyncio.to_thread(
        jobs.finish.kept.superfluous, set(known) | set(unfinished)
    ):
        log.info("environment_pruned", extra={"folder": f"{folder.parent.name}/{folder.name}"})
        await jobs.runtime.process.preparation.discard(folder)
    repositories = Repositories(base="", folder=jobs.repositories.checkouts)
    for folder in await asyncio.to_thread(jobs.repositories.unused, CHECKOUT_SECONDS):
        await repositories.forget(folder.parent.name, folder.name)


def _drop_works(jobs: JobRun, known: set[str]) -> None:
    for folder in jobs.runtime.works.iterdir():
        if folder.name.lstrip(".") not in known:
            shutil.rmtree(folder, ignore_errors=True)
