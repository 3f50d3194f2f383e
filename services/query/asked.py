"""A question on its way to its answer: who asks, which moment is meant, and what may be read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from services.query.statements import Statements
from shared.access.index import AccessIndex
from shared.access.state import Project
from shared.domain.rejections import Forbidden, NotFound
from shared.kernel.actor import Actor

Row = tuple[Any, ...]  # Any: what a column holds is the statement's business


class Rows(Protocol):
    async def rows(
        self,
        statement: str,
        parameters: Sequence[Any] | Mapping[str, Any] = (),
        *,
        joint: str | None = None,
    ) -> list[Row]: ...


class Secrets(Protocol):
    async def open(self, account_id: str, ids: Sequence[str]) -> dict[str, str | None]: ...

    async def read(self, wanted: Iterable[tuple[str, str]]) -> dict[str, str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """`position` is what the answer is true for; `at` the time up to which samples are shown.

    Now and the past are the same question; only the index that serves them differs."""

    position: int
    at: datetime
    is_now: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Permission is always today's (`index`), whatever the moment."""

    asker: Actor
    moment: Moment
    now: datetime
    index: AccessIndex
    statements: Statements
    database: Rows
    secrets: Secrets

    @property
    def is_process(self) -> bool:
        return self.asker.kind == "process"

    async def rows(self, name: str, **parameters: Any) -> list[Row]:
        text = self.statements.read(name, now=self.moment.is_now)
        if self.moment.is_now:
            return await self.database.rows(text, parameters, joint=self.statements.joint(name))
        parameters["moment"] = self.moment.position
        return await self.database.rows(text, parameters)

    async def row(self, name: str, **parameters: Any) -> Row | None:
        found = await self.rows(name, **parameters)
        return found[0] if found else None

    def project(self, handle: str, action: str) -> Project | NotFound | Forbidden:
        """Handles are public (DESIGN 4.1), so what exists unseen is forbidden, not hidden."""
        return self.project_of(handle, action, None)

    def project_of(
        self, handle: str, action: str, service_id: str | None
    ) -> Project | NotFound | Forbidden:
        """The same for one service that was found in it: a grant on that alone will do."""
        project = self.index.project_of_handle(handle)
        if project is None:
            return NotFound(kind="project", key=handle)
        if not self.may(action, project.id, service_id):
            return Forbidden(action=action, resource=f"project:{handle}")
        return project

    def may(self, action: str, project_id: str, service_id: str | None = None) -> bool:
        """False for a project that lives no longer: it answers at no moment."""
        if self.is_process:
            return True
        if self.index.live_project(project_id) is None:
            return False
        return self.index.may(self.asker.id, action, project_id=project_id, service_id=service_id)

    def granted(self, action: str) -> list[str]:
        """Services on which the asker has that action by a grant on each of them alone."""
        return sorted(self.index.granted_services(self.asker.id, action))
