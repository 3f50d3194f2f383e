"""What the leader says to the command process and asks the query process, with its epoch.

A refusal is raised here: for the scheduler it always means that its picture is old (look again) or
that another leads by now (stop acting).
"""

from typing import Any, TypeVar

import nats.errors
import nats.js.errors

from shared.bus.ask import ask, send_command
from shared.bus.broker import Bus, Unanswered
from shared.domain.rejections import Forbidden, NotFound
from shared.domain.service.workload import EnvironmentPin
from shared.envelope.messages import Rejected
from shared.kernel.actor import process_actor
from shared.queries.executions import GetRevision, RevisionWork
from shared.queries.services import DeploymentPage, ListDeployments
from shared.runtime.settings import Settings

ACTOR = process_actor("scheduler")
# Nobody answers, or not in time: whatever was asked is asked again.
AWAY = (Unanswered, nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError)

Document = TypeVar("Document")


class Fenced(Exception):
    """Another scheduler leads by now."""


class Refused(Exception):
    """A command or question was answered with a rejection."""

    def __init__(self, rejection: Any) -> None:
        super().__init__(f"{type(rejection).__name__}: {rejection}"[:300])
        self.rejection = rejection


class Absent(Refused):
    """What was asked about or spoken to is not there."""


class Speaker:
    def __init__(self, bus: Bus, settings: Settings, epoch: int) -> None:
        self._bus = bus
        self._settings = settings
        self.epoch = epoch

    async def tell(
        self, command: Any, *, causation_id: str | None = None, correlation_id: str | None = None
    ) -> int:
        """The log position from which on the command's effect is seen."""
        reply = await send_command(
            self._bus,
            command,
            actor=ACTOR,
            seconds=self._settings.command_seconds,
            epoch=self.epoch,
            causation_id=causation_id,
            correlation_id=correlation_id,
        )
        if isinstance(reply, Rejected):
            raise _refusal(reply)
        return reply.position

    async def ask(self, question: Any, kind: type[Document], *, after: int = 0) -> Document:
        """Raises Unanswered also where the view is behind `after`: an old picture is none."""
        return (await self.ask_at(question, kind, after=after))[0]

    async def ask_at(
        self, question: Any, kind: type[Document], *, after: int = 0
    ) -> tuple[Document, int]:
        """With the position that the answer shows at least."""
        answer = await ask(
            self._bus,
            question,
            asker=ACTOR,
            seconds=self._settings.question_seconds,
            after=after,
        )
        if isinstance(answer, Rejected):
            raise _refusal(answer)
        if answer.stale:
            raise Unanswered("the view is behind")
        if not isinstance(answer.document, kind):
            raise Unanswered(f"an answer of another kind than {kind.__name__}")
        return answer.document, max(after, answer.position)

    async def revision(self, pin: EnvironmentPin) -> RevisionWork:
        question = GetRevision(environment_id=pin.environment_id, revision_id=pin.revision_id)
        return await self.ask(question, RevisionWork)

    async def deployed(self, service_id: str) -> frozenset[str]:
        """Commits of a service's newest deployments, however these ended."""
        page = await self.ask(ListDeployments(service_id=service_id, per_page=100), DeploymentPage)
        return frozenset(one.commit for one in page.items if one.commit is not None)


def _refusal(reply: Rejected) -> Exception:
    match reply.rejection:
        case Forbidden(action="lead"):
            return Fenced()
        case NotFound():
            return Absent(reply.rejection)
        case rejection:
            return Refused(rejection)
