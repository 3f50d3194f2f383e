"""The end of a job: its lines, its stats, its files, its verdict; then the engine forgets it."""

import asyncio
import logging
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from services.scheduler.executions.case import ExecutionCase
from services.scheduler.executions.engines import JobEngines
from services.scheduler.executions.kept import Kept
from services.scheduler.executions.repositories import JobRepositories
from services.scheduler.executions.results import (
    Results,
    ResultsRefused,
    Told,
    commit_results,
)
from services.scheduler.executions.say import Voice
from services.scheduler.executions.stats import read_stats
from services.scheduler.executions.verdict import Verdict, verdict
from services.scheduler.repositories.address import RepositoryRefused
from services.scheduler.repositories.fetch import RepositoryUnavailable
from services.scheduler.runtimes.interface import ExitCause, Observed
from shared.domain.execution.commands import ConcludeExecution
from shared.queries.executions import ProjectWork, WorkDocument

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Finish:
    voice: Voice
    runtime: JobEngines
    repositories: JobRepositories
    kept: Kept
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)

    async def run(self, case: ExecutionCase, work: WorkDocument) -> None:
        seen = case.seen
        ended = None if seen is None else seen.exit
        if seen is None or ended is None:
            await self._lost(case)
            return
        await self.voice.advance(case, "finishing")
        folder = self.runtime.works / case.item.id
        result = verdict(ended, stop_asked=case.item.is_stopping)
        is_there = await self._collect(case)
        stats, note = await asyncio.to_thread(read_stats, folder)
        if note:
            self.voice.line(case, note)
        results = Results(commit=work.commit, branch="", note="")
        if is_there:
            results = await self._results(case, work, folder, ended, result)
        tail = () if result.outcome == "succeeded" else await self.voice.shipper.tail(case.item.id)
        if result.message:
            self.voice.line(case, result.message)
        await self.voice.flush(case)
        seconds = max(0.0, (ended.at - seen.started_at).total_seconds())
        await self.voice.conclude(
            case,
            ConcludeExecution(
                execution_id=case.item.id,
                outcome=result.outcome,
                reason=result.reason,
                message=result.message,
                code=result.code,
                signal=result.signal,
                cpu_percent=_percent(seen, seconds),
                memory_bytes=case.memory_bytes or None,
                seconds=round(seconds, 3),
                output_commit=results.commit,
                branch=results.branch,
                stats=stats,
                log_tail=tail,
            ),
        )
        await self.forget(case.item.id)

    async def forget(self, job_id: str) -> None:
        await self.runtime.forget(job_id)
        self.voice.shipper.forget(job_id)
        await asyncio.to_thread(self.kept.free, job_id)
        await asyncio.to_thread(shutil.rmtree, self.runtime.works / job_id, ignore_errors=True)

    async def _collect(self, case: ExecutionCase) -> bool:
        """Whether what it wrote can be read here."""
        try:
            left_out = await self.runtime.collect(case.item.id)
        except OSError as error:
            log.warning("files_not_fetched", extra={"job": case.item.id, "error": str(error)[:200]})
            self.voice.line(case, f"what it wrote cannot be read: {error}")
            return False
        if left_out:
            self.voice.line(case, f"left out: {', '.join(left_out[:5])}")
        return True

    async def _results(
        self,
        case: ExecutionCase,
        work: WorkDocument,
        folder: Path,
        ended: ExitCause,
        result: Verdict,
    ) -> Results:
        project = work.project
        unsaved = Results(commit=work.commit, branch="", note="")
        if project is None or (result.outcome == "stopped" and not case.item.keeps_results):
            return unsaved
        try:
            tree = await self.repositories.check_out(project, None, work.commit)
            if isinstance(tree, RepositoryRefused):
                raise ResultsRefused(tree.reason)
            told = _told(work, project, ended)
            lock = self._locks.setdefault(project.id, asyncio.Lock())
            async with lock:
                saved = await asyncio.to_thread(
                    commit_results,
                    self.repositories.folder_of(project.id),
                    folder,
                    tree.folder,
                    told,
                )
        except (ResultsRefused, RepositoryUnavailable, OSError) as error:
            log.warning("results_not_saved", extra={"job": case.item.id, "error": str(error)[:200]})
            self.voice.line(case, f"the results were not kept: {error}")
            return unsaved
        self.voice.line(case, saved.note)
        return saved

    async def _lost(self, case: ExecutionCase) -> None:
        message = "It was lost: the engine knows it no more."
        self.voice.line(case, message)
        await self.voice.flush(case)
        await self.voice.conclude(
            case,
            ConcludeExecution(
                execution_id=case.item.id, outcome="error", reason="lost", message=message
            ),
        )


def _told(work: WorkDocument, project: ProjectWork, ended: ExitCause) -> Told:
    return Told(
        job_id=work.execution.id,
        number=work.number,
        title=work.title,
        command=work.command,
        author=work.starter_handle,
        ended_at=ended.at.timestamp(),
        commit=work.commit,
        is_own=project.repository is None,
        is_isolated=project.results == "isolated",
    )


def _percent(seen: Observed, seconds: float) -> float | None:
    return round(100 * seen.cpu_seconds / seconds, 2) if seconds > 0 else None
