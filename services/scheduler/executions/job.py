"""One job, from the queue to its results. Every step may be done again by the next leader.

The stage `preparing` is told before the engine starts anything and `running` after it did: a
leader that finds nothing in the engine knows from that whether the program has begun. It is begun
once, or it is told that it was lost."""

import asyncio
import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from services.scheduler.executions.case import ExecutionCase, Waits
from services.scheduler.executions.choose import need_of
from services.scheduler.executions.engine import JobSpec, lay_out
from services.scheduler.executions.engines import JobEngines
from services.scheduler.executions.environments import Environments, Ready
from services.scheduler.executions.finish import Finish
from services.scheduler.executions.repositories import JobRepositories
from services.scheduler.executions.say import Voice
from services.scheduler.executions.script import argv, environment
from services.scheduler.placement import Need
from services.scheduler.repositories.address import RepositoryRefused
from services.scheduler.repositories.fetch import Checkout, RepositoryUnavailable
from services.scheduler.runtimes.interface import Observed, PreparationFailed, StartFailed
from shared.domain.execution.commands import ConcludeExecution, Outcome
from shared.queries.executions import WorkDocument

log = logging.getLogger(__name__)

GRACE_SECONDS = 10.0
REPOSITORY_PAUSE = 5.0
REPOSITORY_TRIES = 12
BUILD_PAUSE = 2.0
ENGINE_PAUSE = 5.0
LISTING_SECONDS = 5.0
_BUILDS = ("queued", "starting", "pulling", "building", "pushing")


class NotBegun(Exception):
    """Why a job cannot be begun at all."""

    def __init__(self, outcome: Outcome, reason: str, message: str) -> None:
        super().__init__(message)
        self.outcome, self.reason = outcome, reason


@dataclass(slots=True, kw_only=True)
class JobRun:
    """`never`: why something of that need fits on no machine, however empty; else nothing."""

    voice: Voice
    runtime: JobEngines
    repositories: JobRepositories
    environments: Environments
    finish: Finish
    epoch: int
    never: Callable[[Need], str]

    async def run(self, case: ExecutionCase) -> Waits | None:
        """None when it is over."""
        work = await self.voice.work(case)
        case.take(work.execution, case.position)
        if case.seen is None and case.item.is_stopping and work.execution.stage == "queued":
            await self._end(case, "stopped", "stopped", "It was stopped before it began.")
            return None
        if case.seen is None:
            if work.revision.image and self.runtime.is_waited_for:
                # Nobody knows what runs of it, and nothing can begin.
                return Waits(seconds=ENGINE_PAUSE)
            if work.execution.stage in ("running", "finishing"):
                await self._end(case, "error", "lost", "It was lost: the engine knows it no more.")
                return None
            if work.revision.status in _BUILDS:
                return Waits(seconds=BUILD_PAUSE)
            try:
                await self._begin(case, work)
            except NotBegun as why:
                await self._end(case, why.outcome, why.reason, str(why))
                return None
        await self.voice.advance(case, "running")
        await self._until_it_ends(case)
        # Asked again: the commit is known by now, and how the project wants its results.
        await self.finish.run(case, await self.voice.work(case))
        return None

    async def _begin(self, case: ExecutionCase, work: WorkDocument) -> None:
        if work.tier is None:
            raise NotBegun(
                "error", "tier_archived", "Its hardware tier was archived before it began."
            )
        need = need_of(work.tier)
        if why := self.never(need):
            raise NotBegun(
                "error", "capacity", f"No machine here is large enough for {need.text}: {why}."
            )
        if work.revision.status != "succeeded":
            why = work.revision.message or "its build did not succeed"
            raise NotBegun(
                "error", "environment_failed", f"Its environment could not be built: {why}"
            )
        await self.voice.advance(case, "pulling", node=case.node)
        checkout = await self._checked_out(case, work)
        await self.voice.advance(case, "preparing", checkout.commit)
        ready = await self._prepared(case, work)
        folder = self.runtime.works / case.item.id
        await asyncio.to_thread(lay_out, folder, checkout.folder)
        if case.item.is_stopping:
            raise NotBegun("stopped", "stopped", "It was stopped before it ran.")
        await self._start(case, work, ready, folder)

    async def _checked_out(self, case: ExecutionCase, work: WorkDocument) -> Checkout:
        project = work.project
        if project is None:
            raise NotBegun("error", "project_gone", "Its project is gone.")
        self.voice.line(case, f"checking out {project.repository or 'the files of the project'}")
        for _ in range(REPOSITORY_TRIES):
            try:
                found = await self.repositories.check_out(project, work.ref, work.commit)
            except RepositoryUnavailable as error:
                log.warning("repository_unavailable", extra={"error": str(error)[:200]})
                self.voice.line(case, "the repository does not answer; trying again")
                await asyncio.sleep(REPOSITORY_PAUSE)
                continue
            if isinstance(found, RepositoryRefused):
                raise NotBegun("failed", "repository_refused", f"No files: {found.reason}.")
            self.voice.line(case, f"commit {found.commit}")
            return found
        raise NotBegun("error", "repository_unavailable", "The repository did not answer.")

    async def _prepared(self, case: ExecutionCase, work: WorkDocument) -> Ready:
        made = await self.environments.prepare(
            work.revision, lambda line: self.voice.line(case, line)
        )
        if isinstance(made, PreparationFailed):
            raise NotBegun(
                "error", "environment_failed", f"Its environment is not there: {made.reason}"
            )
        return made

    async def _start(
        self, case: ExecutionCase, work: WorkDocument, ready: Ready, folder: Path
    ) -> None:
        tier = work.tier
        if tier is None:
            raise AssertionError("seen before")
        memory = (tier.memory_limit or tier.memory).bytes
        spec = JobSpec(
            job_id=case.item.id,
            project_id=case.item.project_id or "",
            argv=argv(work.command, work.revision.declared),
            environment=environment(work, ready.variables),
            work=folder,
            venv=ready.venv,
            cores=tier.cores_limit or tier.cores,
            memory_bytes=memory,
            epoch=self.epoch,
            image=ready.image,
            node=case.placed_on,
        )
        if ready.venv is not None:
            await asyncio.to_thread(self.environments.kept.use, spec.job_id, ready.venv)
        started = await self.runtime.begin(spec)
        if isinstance(started, StartFailed):
            raise NotBegun("error", "not_started", f"It could not be started: {started.reason}.")
        case.look(started)

    async def _until_it_ends(self, case: ExecutionCase) -> None:
        stopping: asyncio.Task[None] | None = None
        try:
            while not _is_over(case.seen):
                if case.item.is_stopping and stopping is None:
                    self.voice.line(case, "stopping")
                    stopping = asyncio.create_task(
                        self.runtime.stop(case.item.id, grace_seconds=GRACE_SECONDS)
                    )
                case.changed.clear()
                try:
                    async with asyncio.timeout(LISTING_SECONDS):
                        await case.changed.wait()
                except TimeoutError:
                    continue  # Looked at again: an event may have come before it was waited for.
        finally:
            if stopping is not None and not stopping.done():
                stopping.cancel()

    async def _end(self, case: ExecutionCase, outcome: Outcome, reason: str, message: str) -> None:
        self.voice.line(case, message)
        await self.voice.flush(case)
        await self.voice.conclude(
            case,
            ConcludeExecution(
                execution_id=case.item.id, outcome=outcome, reason=reason, message=message[:2000]
            ),
        )
        await asyncio.to_thread(
            shutil.rmtree, self.runtime.works / case.item.id, ignore_errors=True
        )


def _is_over(seen: Observed | None) -> bool:
    return seen is None or seen.exit is not None
