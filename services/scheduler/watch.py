"""Pushes: looks at the branches of live services and asks for a rollout of what is new there.

Level-triggered: the branch's commit is compared with the newest deployment's, so pushes during a
rollout coalesce into one afterwards, and a commit that failed is not tried again by itself.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from services.scheduler.repositories.address import RepositoryRefused
from services.scheduler.repositories.fetch import Repositories, RepositoryUnavailable
from services.scheduler.speak import Refused, Speaker
from shared.bus.broker import Unanswered
from shared.domain.service.commands import RequestRollout
from shared.queries.services import ServiceDocument
from shared.runtime.ids import IdSource

log = logging.getLogger(__name__)

HEADS_MAX = 4

Branch = tuple[str, str | None]


@dataclass(slots=True, kw_only=True)
class Watch:
    """`services` are the live ones as last seen; `told` hears of a rollout (service, position).
    `deployed` knows the commits of a service's newest deployments."""

    repositories: Repositories
    speaker: Speaker
    ids: IdSource
    services: Callable[[], Iterable[ServiceDocument]]
    told: Callable[[str, int], None]
    deployed: Callable[[str], Awaitable[frozenset[str]]]
    every_seconds: float
    _hinted: set[str] = field(default_factory=set)
    _hint: asyncio.Event = field(default_factory=asyncio.Event)
    _heads: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(HEADS_MAX))
    _asked: dict[str, str] = field(default_factory=dict)

    def hint(self, repository: str) -> None:
        """A git server says that something was pushed there. It only means: look now."""
        if repository in {branch[0] for branch in self._branches()}:
            self._hinted.add(repository)
            self._hint.set()

    async def run(self) -> None:
        """Ends only by cancellation."""
        while True:
            try:
                async with asyncio.timeout(self.every_seconds):
                    await self._hint.wait()
            except TimeoutError:
                self._hinted.clear()
                await self.look()
            else:
                hinted, self._hinted = self._hinted, set()
                self._hint.clear()
                await self.look(hinted)

    async def look(self, only: set[str] | None = None) -> None:
        branches = {
            branch: services
            for branch, services in self._branches().items()
            if only is None or branch[0] in only
        }
        await asyncio.gather(
            *(self._look_at(branch, services) for branch, services in branches.items())
        )

    def _branches(self) -> dict[Branch, list[ServiceDocument]]:
        branches: dict[Branch, list[ServiceDocument]] = {}
        for service in self.services():
            workload = service.workload
            if workload is not None and workload.repo is not None:
                branches.setdefault((workload.repo, workload.branch), []).append(service)
        self._asked = {
            service.id: self._asked[service.id]
            for services in branches.values()
            for service in services
            if service.id in self._asked
        }
        return branches

    async def _look_at(self, branch: Branch, services: list[ServiceDocument]) -> None:
        if not any(_is_idle(service) for service in services):
            return
        try:
            async with self._heads:
                head = await self.repositories.head_of(*branch)
        except RepositoryUnavailable as error:
            log.warning("branch_unreadable", extra={"error": str(error)[:200]})
            return
        if isinstance(head, RepositoryRefused):
            return
        for service in services:
            if not is_behind(service, head) or self._asked.get(service.id) == head:
                continue
            if not await self._was_undone(service, head):
                await self._ask(service, head)

    async def _was_undone(self, service: ServiceDocument, head: str) -> bool:
        """After a rollback the branch still ends where people went back from: no news, until it
        moves."""
        newest = service.deployment
        if newest is None or newest.trigger != "rollback":
            return False
        try:
            return head in await self.deployed(service.id)
        except (Refused, Unanswered) as error:
            log.info("deployments_unread", extra={"error": str(error)[:200]})
            return True  # The next look asks again.

    async def _ask(self, service: ServiceDocument, head: str) -> None:
        command = RequestRollout(
            service_id=service.id,
            project_id=service.project_id,
            deployment_id=self.ids.new(),
            trigger="push",
            commit=head,
        )
        try:
            position = await self.speaker.tell(command)
        except (Refused, Unanswered) as error:
            # A rollout has begun meanwhile, or nobody answers: the next look finds it again.
            log.info("push_not_deployed", extra={"service_id": service.id, "why": str(error)[:200]})
            return
        self._asked[service.id] = head
        log.info("push_deployed", extra={"service_id": service.id, "commit": head})
        self.told(service.id, position)


def is_behind(service: ServiceDocument, head: str) -> bool:
    """The branch has a commit that nothing was deployed from, and no rollout is in progress."""
    return (
        _is_idle(service) and service.deployment is not None and service.deployment.commit != head
    )


def _is_idle(service: ServiceDocument) -> bool:
    return service.deployment is not None and service.deployment.status != "in_progress"
