"""A project's quota folded from its events: the last one says all."""

from dataclasses import dataclass

from shared.domain.quota.events import QuotaEvent
from shared.domain.quotas import UNLIMITED, Quota


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    quota: Quota = UNLIMITED


def evolve(state: State, event: QuotaEvent) -> State:
    return State(quota=event.quota)
