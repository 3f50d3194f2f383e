"""A webhook folded from its events."""

from dataclasses import dataclass, replace
from typing import assert_never

from shared.domain.webhook.events import (
    DeliveryReplayed,
    WebhookCreated,
    WebhookEvent,
    WebhookRemoved,
    WebhookRevised,
    WebhookSecretRotated,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    account_id: str
    url: str
    description: str
    types: tuple[str, ...]
    project_id: str | None
    is_enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    account_id: str


State = Absent | Live | Removed


def evolve(state: State, event: WebhookEvent) -> State:
    if isinstance(event, WebhookCreated):
        return Live(
            account_id=event.account_id,
            url=event.url,
            description=event.description,
            types=event.types,
            project_id=event.project_id,
            is_enabled=event.is_enabled,
        )
    assert isinstance(state, Live), "a change of a webhook that is not there"
    match event:
        case WebhookRevised():
            return replace(
                state,
                url=event.url,
                description=event.description,
                types=event.types,
                project_id=event.project_id,
                is_enabled=event.is_enabled,
            )
        case WebhookSecretRotated() | DeliveryReplayed():
            return state
        case WebhookRemoved():
            return Removed(account_id=state.account_id)
        case _:
            assert_never(event)
