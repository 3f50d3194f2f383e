"""A custom domain folded from its events."""

from dataclasses import dataclass
from typing import assert_never

from shared.domain.custom_domain.events import (
    CustomDomainEvent,
    DomainCheckFailed,
    DomainVerified,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Of a service whose domain was never checked `project_id` and `is_verified` are None."""

    project_id: str | None = None
    domain: str = ""
    is_verified: bool | None = None


def evolve(state: State, event: CustomDomainEvent) -> State:
    match event:
        case DomainVerified():
            return State(project_id=event.project_id, domain=event.domain, is_verified=True)
        case DomainCheckFailed():
            return State(project_id=event.project_id, domain=event.domain, is_verified=False)
        case _:
            assert_never(event)
