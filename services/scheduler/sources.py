"""From a branch to something that can be started, in the background: resolve, check out, prepare.

Slow and hostile, so no pass ever waits for it: a task per deployment leaves its result in the
service's memory and wakes it. The engine prepares equal commits of a project once.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from services.scheduler.executions.declared import Undoable, declared
from services.scheduler.model import Memory, Ready, Resolved, Source, SourceFailed, Working
from services.scheduler.repositories.address import (
    UNKNOWN_BRANCH,
    UNKNOWN_COMMIT,
    UNKNOWN_REPOSITORY,
    RepositoryRefused,
)
from services.scheduler.repositories.fetch import Checkout, Repositories, RepositoryUnavailable
from services.scheduler.runtimes.interface import BuildSpec, PreparationFailed, Prepared, Runtime
from services.scheduler.speak import AWAY, Absent
from shared.domain.service.workload import EnvironmentPin
from shared.queries.executions import RevisionWork
from shared.queries.services import DeploymentDocument, ServiceDocument, WorkloadDocument
from shared.runtime.clock import Clock

log = logging.getLogger(__name__)

PAUSE_FIRST = 1.0
PAUSE_MAX = 20.0
RUNTIME_LABEL = "runtime"

Answer = TypeVar("Answer")
# (service id, project id, deployment id, line)
Say = Callable[[str, str, str, str], None]


@dataclass(slots=True, kw_only=True)
class Sources:
    repositories: Repositories
    runtime: Runtime
    clock: Clock
    seconds_max: float
    say: Say
    wake: Callable[[str], None]
    revision: Callable[[EnvironmentPin], Awaitable[RevisionWork]]
    made: dict[tuple[str, str], set[Prepared]] = field(default_factory=dict)
    """By project and commit (an image's by its deployment), in this term."""
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def resolve(
        self, memory: Memory, service: ServiceDocument, deployment: DeploymentDocument
    ) -> None:
        self._begin(memory, service, deployment, self._resolve(service, deployment))

    def prepare(
        self,
        memory: Memory,
        service: ServiceDocument,
        deployment: DeploymentDocument,
        commit: str,
    ) -> None:
        self._begin(memory, service, deployment, self._prepare(service, deployment, commit))

    async def close(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(
        self,
        memory: Memory,
        service: ServiceDocument,
        deployment: DeploymentDocument,
        work: Awaitable[Source],
    ) -> None:
        before = self._tasks.pop(deployment.id, None)
        if before is not None:
            before.cancel()
        task = asyncio.create_task(self._finish(memory, service, deployment, work))
        self._tasks[deployment.id] = task
        task.add_done_callback(lambda done: self._forget(deployment.id, done))

    def _forget(self, deployment_id: str, done: asyncio.Task[None]) -> None:
        if self._tasks.get(deployment_id) is done:
            del self._tasks[deployment_id]

    async def _finish(
        self,
        memory: Memory,
        service: ServiceDocument,
        deployment: DeploymentDocument,
        work: Awaitable[Source],
    ) -> None:
        result = await self._bounded(work)
        if isinstance(result, SourceFailed):
            self.say(service.id, service.project_id, deployment.id, result.message)
            log.info(
                "source_failed",
                extra={"deployment_id": deployment.id, "reason": result.reason},
            )
        # Another deployment may have taken over meanwhile: then nobody waits for this one.
        if isinstance(memory.sources.get(deployment.id), Working):
            memory.sources[deployment.id] = result
        self.wake(service.id)

    async def _bounded(self, work: Awaitable[Source]) -> Source:
        try:
            async with asyncio.timeout(self.seconds_max):
                return await work
        except TimeoutError:
            return self._failed(
                "preparation_failed", f"It was not prepared within {self.seconds_max:g} s."
            )
        except Exception:
            log.exception("source_broken")
            return self._failed("preparation_failed", "An accident of the scheduler; see its log.")

    async def _resolve(self, service: ServiceDocument, deployment: DeploymentDocument) -> Source:
        workload = service.workload
        # A deployment that is over without a commit ran an image, whatever is wanted since.
        if workload is not None and (workload.image or deployment.status != "in_progress"):
            return await self._prepare_image(service, deployment, workload)
        if workload is None or workload.repo is None:
            return self._failed("repository_unknown", "The service names no repository.")
        repo, branch = workload.repo, workload.branch

        async def head() -> str | RepositoryRefused:
            return await self.repositories.head_of(repo, branch)

        found = await self._insist(head)
        if isinstance(found, RepositoryRefused):
            return self._refused(found, workload)
        return Resolved(commit=found)

    async def _prepare(
        self, service: ServiceDocument, deployment: DeploymentDocument, commit: str
    ) -> Source:
        workload = service.workload
        if workload is None or workload.repo is None:
            return self._failed("repository_unknown", "The service names no repository.")
        repo, branch = workload.repo, workload.branch
        folder = self.repositories.folder / service.project_id / commit
        if not await asyncio.to_thread(folder.exists):

            async def fetch() -> Checkout | RepositoryRefused:
                return await self.repositories.check_out(
                    service.project_id, repo, branch, commit=commit
                )

            found = await self._insist(fetch)
            if found == UNKNOWN_COMMIT:
                return await self._moved(service, deployment, commit)
            if isinstance(found, RepositoryRefused):
                return self._refused(found, workload)

        def tell(line: str) -> None:
            self.say(service.id, service.project_id, deployment.id, line)

        packages = await self._packages(workload, tell)
        if isinstance(packages, SourceFailed):
            return packages
        tell(f"preparing commit {commit[:12]} of {repo}")
        build = BuildSpec(
            project_id=service.project_id,
            commit=commit,
            checkout=folder,
            command=workload.command,
            runtime=dict(service.labels).get(RUNTIME_LABEL, ""),
            packages=packages,
        )
        return await self._made(build, tell, commit)

    async def _packages(
        self, workload: WorkloadDocument, tell: Callable[[str], None]
    ) -> tuple[str, ...] | SourceFailed:
        """Of the environment that the service names; its variables come with each start."""
        pin = workload.environment
        if pin is None:
            return ()
        try:
            revision = await self._insist(lambda: self._asked(pin))
        except Absent:
            return self._failed("environment_unknown", "Its environment is not there any more.")
        found = declared(revision.declared["dockerfile"])
        if isinstance(found, Undoable):
            return self._failed(
                "environment_failed",
                f"Its environment cannot be prepared for a service: {found.reason}.",
            )
        tell(f"environment revision {pin.revision_id}: {' '.join(found.packages) or 'no packages'}")
        return found.packages

    async def _asked(self, pin: EnvironmentPin) -> RevisionWork:
        try:
            return await self.revision(pin)
        except AWAY as error:
            raise RepositoryUnavailable(f"the environment: {error}") from error

    async def _prepare_image(
        self, service: ServiceDocument, deployment: DeploymentDocument, workload: WorkloadDocument
    ) -> Source:
        def tell(line: str) -> None:
            self.say(service.id, service.project_id, deployment.id, line)

        build = BuildSpec(
            project_id=service.project_id,
            commit="",
            command=workload.command,
            image=workload.image or "",
            deployment_id=deployment.id,
            fresh=deployment.trigger == "redeploy" and deployment.status == "in_progress",
        )
        return await self._made(build, tell, deployment.id)

    async def _made(self, build: BuildSpec, tell: Callable[[str], None], key: str) -> Source:
        made = await self.runtime.prepare(build, tell)
        if isinstance(made, PreparationFailed):
            return self._failed("preparation_failed", made.reason, made.last_lines)
        tell(f"prepared; it runs by {made.how}")
        self.made.setdefault((build.project_id, key), set()).add(made)
        return Ready(commit=build.commit, prepared=made)

    async def _moved(
        self, service: ServiceDocument, deployment: DeploymentDocument, commit: str
    ) -> Source:
        """The branch was written anew: the repository has this commit no more."""
        if deployment.status == "in_progress" and deployment.trigger != "rollback":
            return await self._resolve(service, deployment)
        return self._failed(
            "commit_gone", f"Commit {commit[:12]} is neither kept here nor in the repository."
        )

    async def _insist(self, work: Callable[[], Awaitable[Answer]]) -> Answer:
        pause = PAUSE_FIRST
        while True:
            try:
                return await work()
            except RepositoryUnavailable as error:
                log.warning("repository_unavailable", extra={"error": str(error)[:200]})
            await asyncio.sleep(pause)
            pause = min(pause * 2, PAUSE_MAX)

    def _refused(self, refusal: RepositoryRefused, workload: WorkloadDocument) -> SourceFailed:
        if refusal == UNKNOWN_REPOSITORY:
            return self._failed(
                "repository_unknown", f"There is no repository {workload.repo} at the git base."
            )
        if refusal == UNKNOWN_BRANCH:
            branch = workload.branch or "to deploy by default"
            return self._failed(
                "branch_unknown", f"The repository {workload.repo} has no branch {branch}."
            )
        rule = refusal.reason.partition(": ")[2] or refusal.reason
        return self._failed("repository_refused", f"The repository was refused: {rule}.")

    def _failed(self, reason: str, message: str, log_tail: tuple[str, ...] = ()) -> SourceFailed:
        return SourceFailed(
            reason=reason, message=message, log_tail=log_tail, at=self.clock.monotonic()
        )
