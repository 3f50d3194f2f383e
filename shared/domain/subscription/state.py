"""A subscription folded from its events."""

from dataclasses import dataclass
from typing import assert_never

from shared.domain.subscription.events import (
    SubscriptionCreated,
    SubscriptionEvent,
    SubscriptionRemoved,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    account_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    pass


State = Absent | Live | Removed


def evolve(state: State, event: SubscriptionEvent) -> State:
    match event:
        case SubscriptionCreated():
            return Live(account_id=event.account_id)
        case SubscriptionRemoved():
            return Removed()
        case _:
            assert_never(event)
