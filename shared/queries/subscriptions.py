"""Subscriptions: which key may follow which account on the bus, from which position."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GetSubscription:
    subscription_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSubscriptions:
    """Of all accounts whose subscriptions the asker may see, or of one."""

    account_id: str | None = None
    page: int = 1
    per_page: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionDocument:
    """`after`: the position whose successors are delivered."""

    id: str
    account_id: str
    key_id: str
    name: str
    after: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionPage:
    items: tuple[SubscriptionDocument, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmitSubscriber:
    """May who shows this connect now? `key_id`, where the token named one, must be that of the key
    with this digest. `user` names a subscription by its id, or an account by its id or handle where
    the key has only one there; empty will do where it has only one at all."""

    digest: str
    key_id: str | None
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    subscription_id: str
    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmSubscribers:
    """Which of those that are connected may stay."""

    items: tuple[Subscriber, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    subscription_id: str
    account_id: str
    key_id: str
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmittedList:
    items: tuple[Admitted, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSubscriptionIds:
    """All that exist, after an id: what has a consumer besides these has one too many."""

    after: str = ""
    limit: int = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionIds:
    items: tuple[str, ...]
