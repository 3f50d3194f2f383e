"""The engines of jobs as one: processes, and containers where their environment is an image.

Containers of jobs are an installation of their own to the engine: what lists the replicas of
services never sees them, and what stops those never stops these."""

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path

from services.scheduler.executions.engine import LOG, PLACE, JobRuntime, JobSpec
from services.scheduler.runtimes.choice import Runtimes
from services.scheduler.runtimes.container.opening import OFF
from services.scheduler.runtimes.container.settings import ContainerSettings
from services.scheduler.runtimes.interface import Observed, StartFailed


@dataclass(slots=True, kw_only=True)
class JobEngines(Runtimes):
    process: JobRuntime

    @property
    def works(self) -> Path:
        """A folder per job: laid out before it begins, read when it is over."""
        return self.process.works

    @property
    def is_waited_for(self) -> bool:
        """No engine for images answers yet, and one may."""
        return self.containers is None and self.engine != OFF

    async def begin(self, spec: JobSpec) -> Observed | StartFailed:
        self.process.specs[spec.job_id] = spec
        try:
            return await self.start(spec.as_replica())
        finally:
            self.process.specs.pop(spec.job_id, None)

    async def collect(self, job_id: str) -> tuple[str, ...]:
        """What the job wrote is in its folder; answers what of it is left out. Raises OSError."""
        if self.containers is None or not self.containers.knows(job_id):
            return ()
        fetched = self.works / f".{job_id}"
        left_out = await self.containers.fetch(job_id, PLACE, fetched)
        await asyncio.to_thread(_replace, self.works / job_id, fetched)
        return left_out

    async def list(self) -> "list[Observed]":
        if self.containers is None:
            self._look_again()
            return await self.process.list()
        processes, containers = await asyncio.gather(
            self.process.list(), self.containers.list_with_lost()
        )
        return [*processes, *containers]


def _replace(folder: Path, fetched: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    fetched.rename(folder)


def settings_of_jobs(root: Path, services: ContainerSettings) -> ContainerSettings:
    return ContainerSettings(
        root=root,
        network=services.network,
        as_root=services.as_root,
        build_seconds_max=services.build_seconds_max,
        log=LOG,
    )
