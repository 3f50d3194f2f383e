"""What happened to a subscription."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionCreated:
    """`after` None: from here on."""

    subscription_id: str
    account_id: str
    key_id: str
    name: str
    after: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRemoved:
    subscription_id: str


SubscriptionEvent = SubscriptionCreated | SubscriptionRemoved
