"""The executions of a term put together: engine, repositories, environments, and their runs."""

import asyncio

from services.scheduler.control import Control
from services.scheduler.executions.build import BuildRun
from services.scheduler.executions.choose import Limits, why_never
from services.scheduler.executions.engines import JobEngines
from services.scheduler.executions.environments import Environments
from services.scheduler.executions.finish import Finish
from services.scheduler.executions.job import JobRun
from services.scheduler.executions.kept import Kept
from services.scheduler.executions.loop import Executions
from services.scheduler.executions.repositories import JobRepositories
from services.scheduler.executions.say import Voice
from services.scheduler.ship import Shipper
from shared.runtime.settings import Settings

BUILDS = 2


def executions_of(control: Control, settings: Settings, runtime: JobEngines) -> Executions:
    places = settings.data_dir / "scheduler"
    shipper = Shipper(control.bus, runtime, control.clock, places / "cursors-of-jobs.json")
    voice = Voice(speaker=control.speaker, shipper=shipper)
    repositories = JobRepositories(
        git_base=settings.git_base,
        servers=tuple(settings.git_servers.split()),
        own=settings.data_dir / "projects",
        checkouts=places / "checkouts-of-jobs",
    )
    kept = Kept(
        prepared=runtime.process.root / "prepared",
        uses=runtime.process.root / "uses",
        most=settings.environments_kept,
    )
    environments = Environments(runtime=runtime, folder=places / "environments", kept=kept)
    return Executions(
        bus=control.bus,
        clock=control.clock,
        speaker=control.speaker,
        jobs=JobRun(
            voice=voice,
            runtime=runtime,
            repositories=repositories,
            environments=environments,
            finish=Finish(voice=voice, runtime=runtime, repositories=repositories, kept=kept),
            epoch=control.term.epoch,
            never=lambda need: why_never(need, control.book.nodes),
        ),
        builds=BuildRun(voice=voice, environments=environments, clock=control.clock),
        limits=Limits(jobs=settings.executions_max, builds=BUILDS),
        nodes=control.book.now,
        fenced=control.term.lost.set,
    )


async def stop_jobs(runtime: JobEngines, *, grace_seconds: float) -> None:
    """With the whole stack, jobs end as well; the next start tells of it."""
    alive = [one for one in await runtime.list() if one.exit is None]
    stops = [runtime.stop(one.replica_id, grace_seconds=grace_seconds) for one in alive]
    await asyncio.gather(*stops)
