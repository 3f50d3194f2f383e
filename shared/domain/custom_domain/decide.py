"""The rules of custom domains: only what changes is recorded."""

from shared.domain.custom_domain.commands import ReportDomainCheck
from shared.domain.custom_domain.events import (
    CustomDomainEvent,
    DomainCheckFailed,
    DomainVerified,
)
from shared.domain.custom_domain.state import State
from shared.domain.facts import Facts
from shared.domain.rejections import NotFound, Rejection

Decision = tuple[CustomDomainEvent, ...] | Rejection


def decide(command: ReportDomainCheck, state: State, facts: Facts) -> Decision:
    if facts.project is None:
        return NotFound(kind="project", key=command.project_id)
    if state.project_id not in (None, command.project_id):
        return NotFound(kind="service", key=command.service_id)
    is_verified = command.method is not None
    if (state.domain, state.is_verified) == (command.domain, is_verified):
        return ()
    if command.method is not None:
        return (
            DomainVerified(
                service_id=command.service_id,
                project_id=command.project_id,
                domain=command.domain,
                method=command.method,
            ),
        )
    return (
        DomainCheckFailed(
            service_id=command.service_id,
            project_id=command.project_id,
            domain=command.domain,
            reason=command.reason,
        ),
    )
