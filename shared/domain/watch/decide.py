"""The rules of watches. Observations repeat, so "already so" is the common answer."""

from shared.domain.facts import Facts
from shared.domain.rejections import NotFound, Rejection
from shared.domain.watch.commands import ReportWatch
from shared.domain.watch.events import WatchBecameHealthy, WatchBecameUnhealthy, WatchEvent
from shared.domain.watch.state import State

Decision = tuple[WatchEvent, ...] | Rejection


def decide(command: ReportWatch, state: State, facts: Facts) -> Decision:
    if facts.project is None:
        return NotFound(kind="project", key=command.project_id)
    if state.project_id not in (None, command.project_id):
        return NotFound(kind="service", key=command.service_id)
    if (state.url, state.is_healthy) == (command.url, command.is_healthy):
        return ()
    if command.is_healthy:
        return (
            WatchBecameHealthy(
                service_id=command.service_id, project_id=command.project_id, url=command.url
            ),
        )
    return (
        WatchBecameUnhealthy(
            service_id=command.service_id,
            project_id=command.project_id,
            url=command.url,
            reason=command.reason,
        ),
    )
